"""From an answer to the rows of `data`: the old spellings, units and numbers.

Not the envelope around them. Only here, in `market_rows` and in `portfolio_rows` do integers
become floats: prices at the instrument's precision, money exact to the kopeck. Volumes are in
securities unless the token counts in lots. Source: wire.md section 4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from chp.model import answers as tell
from chp.model.access import Caller
from chp.model.answers import Answer
from chp.model.instrument import Instrument
from chp.model.order import OrderReport
from chp.model.trade import Fill, Trade
from chp.wire.rest import market_rows, portfolio_rows
from chp.wire.rest.moscow import moscow_text
from chp.wire.rest.row_units import Recipient, Row


def rows_of(
    answer: Answer, instruments: Mapping[str, Instrument], caller: Caller, token: str
) -> tuple[list[Row], Row]:
    """The rows of an answer, and the keys that go beside `data`.

    Args:
        answer: of any kind.
        instruments: by symbol; every symbol that the answer names is there.
        caller: the token's owner: decides the unit of volumes.
        token: the access token as it came, for the rows that repeat it.

    Returns:
        Rows with keys in the order of wire.md; `seq`, `gap`, `firstSeq` for a page of events,
        else nothing.
    """
    recipient = Recipient(instruments, caller.amount_in_lots, token)
    rows = _ROWS[type(answer)](answer, recipient)
    return rows, _page_keys(answer) if isinstance(answer, tell.EventPage) else {}


def _page_keys(page: tell.EventPage) -> Row:
    if page.first_seq is None:
        return {"seq": page.seq}
    return {"seq": page.seq, "gap": True, "firstSeq": page.first_seq}


def _session(answer: tell.SessionOpened, recipient: Recipient) -> list[Row]:
    return [
        {
            "token": recipient.token,
            "work": 0,
            "exchange": 1,
            "login": answer.login,
            "password": "***",
        }
    ]


def _session_closed(_answer: tell.SessionClosed, _recipient: Recipient) -> list[Row]:
    return [{"description": "Сессия закрыта"}]


def _subscribed(answer: tell.Subscribed, _recipient: Recipient) -> list[Row]:
    return [{"description": f"Подписка на {answer.name} успешно оформлена"}]


def _unsubscribed(answer: tell.Unsubscribed, _recipient: Recipient) -> list[Row]:
    return [{"description": f"Подписка на {answer.name} успешно отменена"}]


def _time(answer: tell.VenueTime, _recipient: Recipient) -> list[Row]:
    return [
        {
            "time": moscow_text(answer.time_ns),
            "trade_date": answer.trade_date,
            "phase": answer.phase,
            "speed": answer.speed,
        }
    ]


def _events(page: tell.EventPage, recipient: Recipient) -> list[Row]:
    return [_event(event, recipient) for event in page.events]


def _event(event: Trade | OrderReport | Fill, recipient: Recipient) -> Row:
    if isinstance(event, Trade):
        return market_rows.trade_row(event, recipient.instruments[event.symbol], recipient)
    return (
        portfolio_rows.order_row(event, recipient)
        if isinstance(event, OrderReport)
        else portfolio_rows.fill_row(event, recipient)
    )


def _reports(answer: tell.OrderReports, recipient: Recipient) -> list[Row]:
    return [portfolio_rows.order_row(report, recipient) for report in answer.reports]


def _placed(answer: tell.OrderPlaced, _recipient: Recipient) -> list[Row]:
    return [
        {
            "cookie": answer.label,
            "orderid": str(answer.order_id),
            "lots": answer.lots,
            "securities": answer.securities,
        }
    ]


def _touched(answer: tell.OrdersTouched, _recipient: Recipient) -> list[Row]:
    return [{"orderid": str(order_id)} for order_id in answer.order_ids]


_ROWS: Final[dict[type, Callable[[Any, Recipient], list[Row]]]] = {
    tell.SessionOpened: _session,
    tell.SessionClosed: _session_closed,
    tell.Subscribed: _subscribed,
    tell.Unsubscribed: _unsubscribed,
    tell.Symbols: market_rows.symbol_rows,
    tell.VenueTime: _time,
    tell.Bars: market_rows.bar_rows,
    tell.Trades: market_rows.trade_rows,
    tell.Quotes: market_rows.quote_rows,
    tell.Depths: market_rows.depth_rows,
    tell.Positions: portfolio_rows.position_rows,
    tell.Monies: portfolio_rows.money_rows,
    tell.EventPage: _events,
    tell.PortfolioHistory: portfolio_rows.history_rows,
    tell.PortfolioList: portfolio_rows.entry_rows,
    tell.OrderPlaced: _placed,
    tell.OrdersTouched: _touched,
    tell.OrderReports: _reports,
}

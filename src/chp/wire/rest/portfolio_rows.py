"""Rows of portfolios: money, positions, orders, own trades, round trips.

Not the choice of rows for an answer: that is `chp.wire.rest.rows`. Money is exact to the kopeck.
Source: wire.md section 4.
"""

from __future__ import annotations

from typing import Final

from chp.model import answers as tell
from chp.model.instrument import Instrument
from chp.model.order import OrderReport, PositionEffect, Side, TimeInForce
from chp.model.portfolio import ClosedPosition, Money, Position
from chp.model.trade import Fill
from chp.units import divide_half_up, price_float, rubles_float, value_kopecks
from chp.wire.rest.moscow import moscow_text
from chp.wire.rest.row_units import Recipient, Row, numbered, volume_of

ACTIONS: Final = {
    (Side.BUY, PositionEffect.AUTO): 1,
    (Side.SELL, PositionEffect.AUTO): 2,
    (Side.SELL, PositionEffect.OPEN_SHORT): 3,
    (Side.BUY, PositionEffect.CLOSE_SHORT): 4,
}
VALIDITIES: Final = {TimeInForce.DAY: 1, TimeInForce.GTC: 2}

_AVERAGE_DIGITS: Final = 2
"""An average price has so many decimal places more than a price, 18 at most."""


def entry_rows(answer: tell.PortfolioList, _recipient: Recipient) -> list[Row]:
    """GetPortfolioList."""
    return numbered(
        [
            {
                "portfolioName": entry.name,
                "portfolioExch": entry.exchange,
                "portfolioStatus": int(entry.status),
            }
            for entry in answer.entries
        ]
    )


def money_rows(answer: tell.Monies, _recipient: Recipient) -> list[Row]:
    """SetPortfolio."""
    return [_money(money) for money in answer.monies]


def _money(money: Money) -> Row:
    return {
        "portfolio": money.portfolio,
        "cash": rubles_float(money.cash_kopecks),
        "leverage": money.leverage,
        "comission": rubles_float(money.commission_kopecks),
        "saldo": rubles_float(money.saldo_kopecks),
        "liquidationValue": rubles_float(money.liquidation_kopecks),
        "initialMargin": rubles_float(money.initial_margin_kopecks),
        "totalAssets": rubles_float(money.total_assets_kopecks),
    }


def position_rows(answer: tell.Positions, recipient: Recipient) -> list[Row]:
    """UpdatePosition."""
    return [_position(position, recipient) for position in answer.positions]


def _position(position: Position, recipient: Recipient) -> Row:
    instrument = recipient.instruments[position.symbol]
    return {
        "portfolio": position.portfolio,
        "symbol": position.symbol,
        "avprice": _average_price(position, instrument),
        "amount": volume_of(position.lots, instrument, recipient),
        "planned": volume_of(position.planned_lots, instrument, recipient),
    }


def _average_price(position: Position, instrument: Instrument) -> float:
    """Cost per security, half away from zero at two places beyond the price's; 0 where closed."""
    securities = abs(position.lots) * instrument.lot_size
    if not securities:
        return 0.0
    scale = min(instrument.scale + _AVERAGE_DIGITS, 18)
    cost_kopecks = position.cost_kopecks if position.lots > 0 else -position.cost_kopecks
    return price_float(divide_half_up(cost_kopecks * 10**scale, 100 * securities), scale)


def _order_head(report: OrderReport, recipient: Recipient) -> Row:
    instrument = recipient.instruments[report.symbol]
    scale = instrument.scale
    return {
        "portfolio": report.portfolio,
        "symbol": report.symbol,
        "state": int(report.state),
        "action": ACTIONS[report.side, report.effect],
        "type": int(report.order_type),
        "validity": VALIDITIES[report.time_in_force],
        "price": price_float(report.limit_price_units or 0, scale),
        "amount": volume_of(report.lots, instrument, recipient),
        "stop": price_float(report.stop_price_units or 0, scale),
        "filled": volume_of(report.remaining_lots, instrument, recipient),
        "datetime": moscow_text(report.time_ns),
    }


def order_row(report: OrderReport, recipient: Recipient) -> Row:
    """UpdateOrder: `filled` is the remaining volume, as the old API has it."""
    return {
        **_order_head(report, recipient),
        "orderid": str(report.order_id),
        "orderno": str(report.order_no),
        "status_mask": 0,
        "cookie": report.label,
        "description": report.description,
    }


def _old_order(report: OrderReport, recipient: Recipient) -> Row:
    return {
        **_order_head(report, recipient),
        "id": str(report.order_id),
        "no": str(report.order_no),
        "cookie": report.label,
    }


def fill_row(fill: Fill, recipient: Recipient) -> Row:
    """AddTrade: `orderid` is the exchange's number, as the old API has it."""
    instrument = recipient.instruments[fill.symbol]
    volume = volume_of(fill.lots, instrument, recipient)
    return {
        "portfolio": fill.portfolio,
        "symbol": fill.symbol,
        "orderid": str(fill.order_no),
        "price": price_float(fill.price_units, instrument.scale),
        "amount": volume if fill.side is Side.BUY else -volume,
        "datetime": moscow_text(fill.time_ns),
        "tradeno": str(fill.trade_no),
        "value": _value(fill, instrument),
        "accruedint": 0,
        "cookie": fill.label,
    }


def _old_fill(fill: Fill, recipient: Recipient) -> Row:
    instrument = recipient.instruments[fill.symbol]
    return {
        "portfolio": fill.portfolio,
        "symbol": fill.symbol,
        "datetime": moscow_text(fill.time_ns),
        "price": price_float(fill.price_units, instrument.scale),
        "volume": volume_of(fill.lots, instrument, recipient),
        "tradeno": str(fill.trade_no),
        "buysell": int(fill.side),
        "orderno": str(fill.order_no),
        "value": _value(fill, instrument),
        "accruedint": 0,
    }


def _value(fill: Fill, instrument: Instrument) -> float:
    securities = fill.lots * instrument.lot_size
    return rubles_float(value_kopecks(fill.price_units, securities, instrument.scale))


def history_rows(answer: tell.PortfolioHistory, recipient: Recipient) -> list[Row]:
    """GetMyPortfolioData: one object of three lists."""
    return [
        {
            "orders": numbered([_old_order(report, recipient) for report in answer.orders]),
            "trades": numbered([_old_fill(fill, recipient) for fill in answer.fills]),
            "closedPositions": numbered(
                [_closed(closed, recipient) for closed in answer.closed_positions]
            ),
        }
    ]


def _closed(closed: ClosedPosition, recipient: Recipient) -> Row:
    instrument = recipient.instruments[closed.symbol]
    return {
        "portfolio": closed.portfolio,
        "symbol": closed.symbol,
        "amount": volume_of(closed.lots, instrument, recipient),
        "price_buy": price_float(closed.buy_units, instrument.scale),
        "price_sell": price_float(closed.sell_units, instrument.scale),
        "postime": moscow_text(closed.time_ns),
        "order_open": str(closed.open_order_id),
        "order_close": str(closed.close_order_id),
    }

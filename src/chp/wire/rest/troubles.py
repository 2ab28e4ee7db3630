"""The table of everything that can go wrong with a call: number, status, code and texts.

Not one error of one call: that is `chp.wire.rest.faults`. These are the inner numbers; the outer
ones, one per method, stand in `chp.wire.rest.operations`. A number once given is never given to
anything else. Source: wire.md section 2.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from chp.model.refusal import RejectReason


class Trouble(Struct, frozen=True):
    """One kind of error."""

    number: int
    """N of the inner "Error #N"."""
    status: int
    """HTTP status; 200 for what the venue refuses."""
    code: str
    """Stable name in snake_case."""
    russian: str
    """What it is, in short: `additional`."""
    message: str
    """The case at hand, in Russian: a template over field, name, came, expected."""
    detail: str
    """The same in English."""


_OLD_NUMBERS: Final = {RejectReason.ALREADY_CONNECTED: 2, RejectReason.ALREADY_SUBSCRIBED: 20}
"""Numbers on public record; every other refusal has the number of its reason."""


def _refusals(*rows: tuple[RejectReason, str, str, str]) -> tuple[Trouble, ...]:
    return tuple(
        Trouble(_OLD_NUMBERS.get(reason, int(reason)), 200, reason.name.lower(), *texts)
        for reason, *texts in rows
    )


_WRONG: Final = (
    "{field} = {came}: нужно {expected}.",
    "{field} is {came}, expected {expected}.",
)

_REFUSALS: Final = _refusals(
    (
        RejectReason.NOT_CONNECTED,
        "Нет подключения к серверу.",
        "Сессия этого токена не открыта: сначала вызовите Connected.",
        "The token has no open session: call Connected first.",
    ),
    (
        RejectReason.ALREADY_CONNECTED,
        "Вы уже авторизованы в системе.",
        "Вы уже авторизованы в системе.",
        "The token's session is open already and stays usable; Reconnection opens it anew.",
    ),
    (
        RejectReason.WRONG_LOGIN,
        "Неверный логин или пароль.",
        "Неверный логин или пароль; открытая сессия остаётся открытой.",
        "Wrong login or password; a session that is open stays open.",
    ),
    (
        RejectReason.NO_REAL_BROKER,
        "Реальный брокер не настроен.",
        "mode = 1 недоступен: на этом шлюзе не настроен брокер, используйте mode = 0.",
        "mode 1 needs a broker and none is configured here; mode 0 is the paper venue.",
    ),
    (
        RejectReason.UNKNOWN_SYMBOL,
        "Неизвестный инструмент.",
        "Инструмент {name} не найден; список инструментов отвечает GetSymbols.",
        "There is no symbol {name}; GetSymbols lists all.",
    ),
    (
        RejectReason.UNKNOWN_PORTFOLIO,
        "Неизвестный портфель.",
        "Портфеля {name} нет среди портфелей токена; их список отвечает GetPortfolioList.",
        "The token has no portfolio {name}; GetPortfolioList lists all.",
    ),
    (
        RejectReason.ALREADY_SUBSCRIBED,
        "Подписка оформлена.",
        "Подписка на {name} уже оформлена.",
        "{name} is subscribed already.",
    ),
    (
        RejectReason.NOT_SUBSCRIBED,
        "Подписка не оформлена.",
        "Подписка на {name} не оформлена.",
        "{name} is not subscribed.",
    ),
    (RejectReason.COUNT_IS_ZERO, "Количество равно нулю.", *_WRONG),
    (
        RejectReason.UNKNOWN_ORDER,
        "Приказ не найден.",
        "Приказ {name} не найден; портфель и инструмент, если они даны, должны быть его.",
        "There is no order {name}; portfolio and symbol, where given, must be its own.",
    ),
    (
        RejectReason.NOT_TRADABLE,
        "Инструмент не торгуется.",
        "Инструмент {name} сейчас не торгуется: приказы не принимаются.",
        "{name} is listed but not traded: no orders are taken.",
    ),
    (RejectReason.AMOUNT_NOT_POSITIVE, "Объём должен быть больше нуля.", *_WRONG),
    (RejectReason.AMOUNT_NOT_WHOLE_LOTS, "Объём не кратен лоту.", *_WRONG),
    (RejectReason.AMOUNT_TOO_LARGE, "Слишком большой объём.", *_WRONG),
    (RejectReason.LIMIT_PRICE_NOT_POSITIVE, "Цена лимит должна быть больше нуля.", *_WRONG),
    (RejectReason.STOP_PRICE_NOT_POSITIVE, "Цена стоп должна быть больше нуля.", *_WRONG),
    (RejectReason.PRICE_OFF_STEP, "Цена не кратна шагу цены.", *_WRONG),
    (RejectReason.PRICE_OUT_OF_BAND, "Цена вне лимитов дня.", *_WRONG),
    (
        RejectReason.NOT_ENOUGH_MONEY,
        "Недостаточно средств.",
        "В портфеле {name} недостаточно средств: нужно, {expected}.",
        "Portfolio {name} has not enough money: expected {expected}.",
    ),
    (
        RejectReason.NOT_ENOUGH_POSITION,
        "Недостаточно ценных бумаг.",
        "Продать {came} ЦБ {name} нельзя: можно {expected}.",
        "{came} securities of {name} cannot be sold: {expected} can.",
    ),
    (
        RejectReason.SHORT_NOT_ALLOWED,
        "Короткие продажи запрещены.",
        "Портфелю {name} не разрешены короткие позиции.",
        "Portfolio {name} may not go short.",
    ),
    (
        RejectReason.COVER_EXCEEDS_SHORT,
        "Объём больше короткой позиции.",
        "Закрыть {came} ЦБ {name} нельзя: можно {expected}.",
        "{came} securities of {name} cannot be covered: {expected} can.",
    ),
    (
        RejectReason.ORDER_IS_DONE,
        "Приказ уже завершён.",
        "Приказ {name} уже исполнен, снят или истёк.",
        "Order {name} is done: filled, cancelled or expired.",
    ),
    (
        RejectReason.CANCEL_IN_FLIGHT,
        "Приказ уже снимается.",
        "Снятие приказа {name} уже отправлено.",
        "A cancel of order {name} is on its way.",
    ),
    (
        RejectReason.MOVE_OF_MARKET_ORDER,
        "Приказ по рынку нельзя переставить.",
        "У приказа {name} по рынку нет цены.",
        "Order {name} is a market order: it has no price.",
    ),
    (
        RejectReason.MOVE_OF_STOP_LIMIT,
        "Приказ Стоп-Лимит нельзя переставить.",
        "У приказа Стоп-Лимит {name} две цены: снимите его и поставьте новый.",
        "Order {name} is a stop-limit with two prices: cancel it and place another.",
    ),
)

KEY_CONFLICT: Final = Trouble(
    600,
    409,
    "request_key_reused",
    "Ключ запроса уже использован.",
    "Ключ {name} уже использован с другим запросом.",
    "Key {name} was used before with another request.",
)
UNKNOWN_URN: Final = Trouble(
    601,
    404,
    "unknown_urn",
    "Неизвестный адрес запроса.",
    "Адреса {came} нет.",
    "There is nothing at {came}.",
)
LEGACY_URL: Final = Trouble(
    602,
    404,
    "legacy_url",
    "Старый протокол не поддерживается.",
    "Адреса /api/… не обслуживаются: используйте CHP_api и адреса вида Order/Place.",
    "The oldest protocol (/api/…) is not served: use CHP_api and URNs such as Order/Place.",
)
NOT_POST: Final = Trouble(
    603,
    405,
    "not_post",
    "Неверный метод HTTP.",
    "Метод {came} здесь не принимается: нужен {expected}.",
    "{came} is not taken here, expected {expected}.",
)
BODY_TOO_LARGE: Final = Trouble(
    604,
    413,
    "body_too_large",
    "Слишком большой запрос.",
    "Тело запроса больше {expected} байт.",
    "The body is over {expected} bytes.",
)
NOT_JSON: Final = Trouble(
    605,
    400,
    "not_json",
    "Тело запроса – не объект JSON.",
    "Ожидался объект JSON в UTF-8.",
    "Expected a JSON object in UTF-8.",
)
TOKEN_MISSING: Final = Trouble(
    606,
    400,
    "token_missing",
    "Нет токена доступа.",
    "Поле token должно быть непустой строкой.",
    "The key token must be a text that is not empty.",
)
TOKEN_UNKNOWN: Final = Trouble(
    607,
    401,
    "token_unknown",
    "Неизвестный токен доступа.",
    "Токен доступа неизвестен, отозван или истёк.",
    "The access token is unknown, revoked or expired.",
)
RECOVERING: Final = Trouble(
    608,
    503,
    "recovering",
    "Сервер запускается.",
    "Сервер восстанавливает состояние; повторите запрос позже.",
    "The gateway is recovering its state; try again later.",
)
STOPPING: Final = Trouble(
    609,
    503,
    "stopping",
    "Сервер останавливается.",
    "Сервер останавливается; повторите запрос позже.",
    "The gateway is shutting down; try again later.",
)
BUSY: Final = Trouble(
    610,
    503,
    "busy",
    "Сервер перегружен.",
    "Слишком много запросов ждут записи; повторите запрос позже.",
    "Too many requests wait for the disk; try again later.",
)
RATE_LIMITED: Final = Trouble(
    611,
    429,
    "rate_limited",
    "Слишком много запросов.",
    "Превышен предел частоты запросов этого токена; повторите позже.",
    "The token's rate limit is exceeded; try again later.",
)
FORBIDDEN_RIGHT: Final = Trouble(
    612,
    403,
    "forbidden_right",
    "Недостаточно прав.",
    "Токену не дано право {expected}.",
    "The token lacks the right {expected}.",
)
FORBIDDEN_ORIGIN: Final = Trouble(
    613,
    403,
    "forbidden_origin",
    "Чужая веб-страница.",
    "Запросы страницы {came} не принимаются.",
    "Requests of the web page {came} are not taken.",
)
FORBIDDEN_HOST: Final = Trouble(
    614,
    403,
    "forbidden_host",
    "Неизвестное имя сервера.",
    "Заголовок Host {came} – не этот шлюз.",
    "The header Host {came} does not name this gateway.",
)
FORBIDDEN_ADDRESS: Final = Trouble(
    615,
    403,
    "forbidden_address",
    "Адрес не разрешён.",
    "С адреса {came} этот токен не принимается.",
    "The token is not taken from address {came}.",
)
FIELD_MISSING: Final = Trouble(
    616,
    400,
    "field_missing",
    "Не хватает поля запроса.",
    "Нет поля {field}: ожидается {expected}.",
    "{field} is missing, expected {expected}.",
)
BAD_FIELD: Final = Trouble(
    617,
    400,
    "bad_field",
    "Неверное поле запроса.",
    "Поле {field}: ожидается {expected}, получено {came}.",
    "{field}: expected {expected}, came {came}.",
)
TIMEOUT: Final = Trouble(
    618,
    408,
    "timeout",
    "Запрос не получен вовремя.",
    "Запрос не пришёл целиком за отведённое время.",
    "The request did not arrive in time.",
)
TOO_MANY_CONNECTIONS: Final = Trouble(
    619,
    503,
    "too_many_connections",
    "Слишком много соединений.",
    "Все соединения заняты; повторите запрос позже.",
    "All connections are taken; try again later.",
)
MALFORMED_HTTP: Final = Trouble(
    620,
    400,
    "malformed_http",
    "Неверный запрос HTTP.",
    "Запрос не соответствует HTTP.",
    "The request is no valid HTTP.",
)
INTERNAL: Final = Trouble(
    621,
    500,
    "internal",
    "Внутренняя ошибка сервера.",
    "Внутренняя ошибка; её номер в журнале сервера – {name}.",
    "Internal error; the gateway's log has it as {name}.",
)
OUTCOME_UNKNOWN: Final = Trouble(
    622,
    500,
    "outcome_unknown",
    "Неизвестно, выполнен ли запрос.",
    "Журнал сервера не записан: выполнен ли запрос, будет видно после перезапуска сервера.",
    "The gateway's journal failed: whether this was carried out will be seen after its restart.",
)

TROUBLES: Final[tuple[Trouble, ...]] = (
    *_REFUSALS,
    KEY_CONFLICT,
    UNKNOWN_URN,
    LEGACY_URL,
    NOT_POST,
    BODY_TOO_LARGE,
    NOT_JSON,
    TOKEN_MISSING,
    TOKEN_UNKNOWN,
    RECOVERING,
    STOPPING,
    BUSY,
    RATE_LIMITED,
    FORBIDDEN_RIGHT,
    FORBIDDEN_ORIGIN,
    FORBIDDEN_HOST,
    FORBIDDEN_ADDRESS,
    FIELD_MISSING,
    BAD_FIELD,
    TIMEOUT,
    TOO_MANY_CONNECTIONS,
    MALFORMED_HTTP,
    INTERNAL,
    OUTCOME_UNKNOWN,
)

"""The code of the user's document (lowlevel_api.md), block by block, to the letter.

Only host and port of the first block are put in by whoever runs it.
"""

CONSTRUCTOR = """\
from CHP_api.CHP_lowlevel_api import Api

api = Api(host='server_host', port='server_port')

"""

CALLS = (
    "api.Connected(login='user_login', password='user_password', token='user_token')\n",
    "api.Reconnection(login='user_login', password='user_password', token='user_token')\n",
    "api.Disconnected(login='user_login', password='user_password', token='user_token')\n",
    """api.GetBars(token='user_token', since="2020-10-10T10:10:10.000", interval=6, symbol="GAZP", count=10)\n""",  # noqa: E501
    "api.GetSymbols(token='user_token')\n",
    """api.GetMyPortfolioData(token='user_token', mode=2, portfolio="ST123456-MO-01")\n""",
    "api.GetPortfolioList(token='user_token')\n",
    """api.GetTrades(token='user_token', since="2020-10-10T10:10:10.000", symbol="GAZP", count=10)\n""",  # noqa: E501
    """api.ListenQuotes(token='user_token', symbol="GAZP")\n""",
    "api.UpdateQuote(token='user_token')\n",
    """api.CancelQuotes(token='user_token', symbol="GAZP")\n""",
    """api.ListenTicks(token='user_token', symbol="GAZP")\n""",
    "api.AddTick(token='user_token')\n",
    """api.CancelTicks(token='user_token', symbol="GAZP")\n""",
    """api.ListenBidAsks(token='user_token', symbol="GAZP")\n""",
    "api.UpdateBidAsk(token='user_token')\n",
    """api.CancelBidAsks(token='user_token', symbol="GAZP")\n""",
    """api.ListenPortfolio(token='user_token', portfolio="ST123456-MO-01")\n""",
    """\
api.PlaceOrder(token="user_token",
            portfolio="ST123456-MO-01",
            symbol="GAZP",
            action=2,
            type_=1,
            price=12.2,
            amount=30,
            validity=1,
            stop=0.1,
            cookie=12
        )
""",
    """api.MoveOrder(token='user_token', portfolio="ST123456-MO-01")\n""",
)
"""The calls in the order of the document."""

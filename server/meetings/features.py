"""Putting meetings together."""

import time
from functools import partial

from server.house import House
from server.meetings import http, proxy, rules
from server.meetings.service import Meetings
from server.sfu.signal.token import mint


def serve_meetings(house: House) -> None:
    """Registers tokens and the way to the SFU with the web process."""
    config, secrets = house.config, house.secrets
    url = "ws" + config.web.origin.removeprefix("http") + "/livekit"
    sign = partial(mint, rules.ISSUER, secrets.sfu_secret)
    meetings = Meetings(house.homeserver, config.organisation.domain, url, sign, now=lambda: int(time.time()))
    sfu = proxy.SfuProxy(config.sfu.url)
    house.app.blueprint(http.blueprint(meetings))
    house.app.blueprint(proxy.blueprint(sfu))
    house.on_start.append(sfu.start)
    house.on_stop.append(sfu.close)

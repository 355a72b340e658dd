"""Where features are put together: each is constructed here and hands its blueprints to the app."""

from server.house import House


def compose(house: House) -> None:
    """Construct the features on `house` and register their blueprints with `house.app`.

    Whatever a feature must do before the first request or after the last one goes into
    `house.on_start` and `house.on_stop`.
    """

"""What an automatic attendant offers a caller: the tree of its menus, as the bridge plays it.

A sound is an id of G.711 mu-law that `GET /internal/v1/attendants/sounds/<id>` answers; what stands under one
never changes. `GET /internal/v1/attendants/<id>/names/<digits>` answers with `Named`, the best first.
"""

from typing import Annotated

import msgspec

#: Menus of one attendant, and how deep they lie.
MENUS_MAX, DEPTH_MAX = 40, 5
#: Names that are read to somebody who spells one.
NAMES_READ = 8

SoundId = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}$")]
_Key = Annotated[str, msgspec.Meta(pattern=r"^[0-9*#]$")]


class Go(msgspec.Struct, frozen=True, tag_field="kind", tag="go"):
    """The caller goes on: `to` is what the route is asked for, whose `by_menu` says who asks."""

    to: Annotated[str, msgspec.Meta(max_length=120)]


class DialExtension(msgspec.Struct, frozen=True, tag_field="kind", tag="extension"):
    """The caller dials an extension; it goes on by `to` and the digits."""

    to: Annotated[str, msgspec.Meta(max_length=120)]


class DialName(msgspec.Struct, frozen=True, tag_field="kind", tag="name"):
    """The caller spells a name with the letters of the keys; it goes on by `to` and the user id."""

    to: Annotated[str, msgspec.Meta(max_length=120)]


class Again(msgspec.Struct, frozen=True, tag_field="kind", tag="repeat"):
    """The menu is said once more."""


class Back(msgspec.Struct, frozen=True, tag_field="kind", tag="back"):
    """The menu before."""


class End(msgspec.Struct, frozen=True, tag_field="kind", tag="hang_up"):
    """The attendant says goodbye."""


class Menu(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="kind", tag="menu"):
    """`prompt` is said, and keys are waited for: `seconds` after it, `tries` times. Whoever presses none, or
    only such as lead nowhere, goes where `otherwise` says then."""

    prompt: SoundId | None = None
    keys: "dict[_Key, Act]" = {}
    otherwise: "Act" = End()
    seconds: float = 5.0
    tries: int = 3


Act = Menu | Go | DialExtension | DialName | Again | Back | End


class Named(msgspec.Struct, frozen=True):
    """Somebody whose name begins with what was spelled; `sound` says it, None where nothing can."""

    user_id: str
    sound: SoundId | None = None

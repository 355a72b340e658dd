"""Synapse's configuration and the application service registrations, made from ours at each start.

Synapse reads YAML; what is written here is JSON, which is YAML too and needs no library in the supervisor.
"""

import json
import re
from pathlib import Path
from typing import Any

from server.config import Config, DataDir
from server.homeserver.room_state import CALL_MEMBER_EVENTS
from server.secrets import Secrets, write_private

#: May administer Synapse one day; no application service may act as it.
ADMIN = "unisono-admin"
BOT = "unisono-telephone"
SEARCH = "unisono-search"
#: What Synapse is called at our OpenID provider.
OIDC_CLIENT = "synapse"

#: Synapse's defaults are made for strangers on the internet. Here people are known, and the web process
#: throttles sign-in itself.
_RATES: dict[str, Any] = {
    "rc_message": {"per_second": 50, "burst_count": 300},
    "rc_registration": {"per_second": 50, "burst_count": 200},
    "rc_login": {
        "address": {"per_second": 20, "burst_count": 100},
        "account": {"per_second": 20, "burst_count": 100},
        "failed_attempts": {"per_second": 1, "burst_count": 10},
    },
    "rc_joins": {"local": {"per_second": 20, "burst_count": 200}},
    "rc_joins_per_room": {"per_second": 20, "burst_count": 200},
    "rc_invites": {
        "per_room": {"per_second": 20, "burst_count": 200},
        "per_user": {"per_second": 20, "burst_count": 200},
        "per_issuer": {"per_second": 20, "burst_count": 200},
    },
    "rc_room_creation": {"per_second": 10, "burst_count": 100},
    "rc_presence": {"per_user": {"per_second": 5, "burst_count": 20}},
    "rc_key_requests": {"per_second": 50, "burst_count": 500},
    "rc_media_create": {"per_second": 20, "burst_count": 100},
    "rc_delayed_event_mgmt": {"per_second": 10, "burst_count": 100},
    "rc_user_directory": {"per_second": 10, "burst_count": 100},
    # As Synapse has it: our pages read names from rooms, and the services know no limit.
    "rc_profile": {"per_second": 2, "burst_count": 20},
}
_EXPERIMENTAL = {
    "msc3026_enabled": True,  # the presence "busy"
    "msc2409_to_device_messages_enabled": True,  # application services see to-device messages
    "msc3202_transaction_extensions": True,
    "msc4143_enabled": True,  # MatrixRTC transports
    "msc4222_enabled": True,  # state after the timeline in /sync
    "msc4354_enabled": True,  # sticky events
    "msc4075_enabled": True,  # MatrixRTC notifications
}


def render(config: Config, data: DataDir, secrets: Secrets) -> dict[Path, str]:
    """The files Synapse needs, by path; no I/O."""
    home = data.homeserver
    return {
        home / "homeserver.yaml": _json(homeserver(config, data, secrets)),
        home / "log.yaml": _json(log_config(config)),
        home / "unisono-sessions.yaml": _json(sessions_registration(config, secrets)),
        home / "unisono-telephone.yaml": _json(telephone_registration(config, secrets)),
        home / "unisono-search.yaml": _json(search_registration(config, secrets)),
        home / "signing.key": secrets.signing_key + "\n",
    }


def write(config: Config, data: DataDir, secrets: Secrets) -> None:
    for path, text in render(config, data, secrets).items():
        write_private(path, text)


def homeserver(config: Config, data: DataDir, secrets: Secrets) -> dict[str, Any]:
    home = data.homeserver
    return {
        "server_name": config.organisation.domain,
        "public_baseurl": f"{config.web.origin}/",
        "listeners": [_listener(config)],
        "database": {"name": "sqlite3", "args": {"database": str(home / "homeserver.db")}},
        "log_config": str(home / "log.yaml"),
        "media_store_path": str(home / "media"),
        "max_upload_size": f"{config.web.max_upload_mb}M",
        "url_preview_enabled": False,
        "signing_key_path": str(home / "signing.key"),
        "macaroon_secret_key": secrets.macaroon_secret,
        "form_secret": secrets.form_secret,
        "app_service_config_files": [
            str(home / "unisono-sessions.yaml"),
            str(home / "unisono-telephone.yaml"),
            str(home / "unisono-search.yaml"),
        ],
        "presence": {"enabled": True},
        # Who works here, and which numbers the house has spoken with, is nobody else's business.
        "require_auth_for_profile_requests": True,
        "limit_profile_requests_to_users_who_share_rooms": True,
        # By default the answer to a first sync is given again for two minutes: a page loaded again meanwhile
        # would show an old list, and then each change since, one by one.
        # What a call left in the caches is of no use minutes later: by default it is kept for half an hour,
        # and ten thousand events however old.
        "caches": {"sync_response_cache_duration": "0s", "cache_entry_ttl": "10m"},
        "event_cache_size": "3K",
        "modules": [
            {"module": "server.homeserver.synapse_presence.OrganisationPresence", "config": {}},
            {"module": "server.homeserver.synapse_answers.AnswersKept", "config": {}},
        ],
        # One organisation on its own: nobody to talk to, nobody to ask for keys.
        "federation_domain_whitelist": [],
        "trusted_key_servers": [],
        "suppress_key_server_warning": True,
        "report_stats": False,
        # The web process owns accounts; tokens come by application service login only.
        "enable_registration": False,
        "password_config": {"enabled": False, "localdb_enabled": False},
        # Any Matrix client signs in through our page: same password, same second factor.
        "oidc_providers": [oidc_provider(config, secrets)],
        # Our own pages need no "do you trust this address?"; everybody else's are asked about.
        "sso": {"client_whitelist": [f"{config.web.origin}/"]},
        "default_power_level_content_override": _power_levels(),
        "user_directory": {"enabled": True, "search_all_users": True, "prefer_local_users": True},
        "max_event_delay_duration": "24h",
        **_meetings(config),
        "experimental_features": _EXPERIMENTAL,
        **_RATES,
    }


def _power_levels() -> dict[str, Any]:
    """Members of any new room may take part in its calls; the other events are as Synapse has them.

    Synapse puts these in place of its own list, it does not merge them.
    """
    events = {
        "m.room.name": 50,
        "m.room.avatar": 50,
        "m.room.canonical_alias": 50,
        "m.room.power_levels": 100,
        "m.room.history_visibility": 100,
        "m.room.server_acl": 100,
        "m.room.encryption": 100,
        "m.room.tombstone": 100,
        **dict.fromkeys(CALL_MEMBER_EVENTS, 0),
    }
    return {preset: {"events": events} for preset in ("private_chat", "trusted_private_chat", "public_chat")}


def rtc_transport(origin: str) -> dict[str, str]:
    """Where clients get their tokens for group calls (MSC4195)."""
    return {"type": "livekit", "livekit_service_url": f"{origin}/livekit"}


def _meetings(config: Config) -> dict[str, Any]:
    """Group calls, for clients that ask the homeserver (MSC4143)."""
    if not config.sfu.enabled:
        return {}
    return {"matrix_rtc": {"transports": [rtc_transport(config.web.origin)]}}


def oidc_issuer(config: Config) -> str:
    return f"{config.web.origin}/oidc"


def oidc_callback(config: Config) -> str:
    """Where Synapse takes a browser back."""
    return f"{config.web.origin}/_synapse/client/oidc/callback"


def oidc_provider(config: Config, secrets: Secrets) -> dict[str, Any]:
    """Without discovery: the addresses for Synapse itself stay on this machine."""
    issuer, inside = oidc_issuer(config), f"{config.web.internal_url}/oidc"
    return {
        "idp_id": "unisono",
        "idp_name": config.organisation.name,
        "issuer": issuer,
        "discover": False,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{inside}/token",
        "userinfo_endpoint": f"{inside}/userinfo",
        "jwks_uri": f"{inside}/jwks",
        "id_token_signing_alg_values_supported": ["ES256"],
        "pkce_method": "always",
        # Else Synapse would fetch the keys while it starts, and fail when web is not up yet.
        "user_profile_method": "userinfo_endpoint",
        # Authlib wants https everywhere, which a machine does not need to speak with itself.
        "skip_verification": True,
        "client_id": OIDC_CLIENT,
        "client_secret": secrets.oidc_client_secret,
        "scopes": ["openid", "profile", "email"],
        "backchannel_logout_enabled": True,
        # Whoever may sign in is known to Synapse before; it registers nobody by itself.
        "allow_existing_users": True,
        "enable_registration": False,
        "user_mapping_provider": {
            "config": {
                "subject_claim": "sub",
                "localpart_template": "{{ user.preferred_username }}",
                "display_name_template": "{{ user.name }}",
            }
        },
    }


def _listener(config: Config) -> dict[str, Any]:
    return {
        "type": "http",
        "port": config.homeserver.port,
        "bind_addresses": [config.homeserver.host],
        "x_forwarded": True,
        "request_id_header": "X-Request-Id",
        # `openid` gives the tokens that group calls check.
        "resources": [{"names": ["client", "openid"], "compress": False}],
    }


def sessions_registration(config: Config, secrets: Secrets) -> dict[str, Any]:
    """For the web process: log people in, make their rooms, speak for their presence. Receives nothing."""
    return {
        "id": "unisono-sessions",
        "url": None,
        "as_token": secrets.sessions_as_token,
        "hs_token": secrets.sessions_hs_token,
        "sender_localpart": "unisono-sessions",
        "rate_limited": False,
        "namespaces": {"users": [_everybody(config)], "rooms": [], "aliases": []},
    }


def telephone_registration(config: Config, secrets: Secrets) -> dict[str, Any]:
    """For the SIP bridge: owner of the ghosts, and one more device of everybody."""
    ghosts = {"exclusive": True, "regex": f"@_tel_.*:{_domain(config)}"}
    return {
        "id": BOT,
        "url": config.sip.control_url,
        "as_token": secrets.telephone_as_token,
        "hs_token": secrets.telephone_hs_token,
        "sender_localpart": BOT,
        "rate_limited": False,
        "receive_ephemeral": True,
        "de.sorunome.msc2409.push_ephemeral": True,
        "org.matrix.msc3202": True,
        "namespaces": {"users": [ghosts, _everybody(config)], "rooms": [], "aliases": []},
    }


def search_registration(config: Config, secrets: Secrets) -> dict[str, Any]:
    """For the web process: told of all that is said, for whoever looks for it. Does nothing itself."""
    return {
        "id": SEARCH,
        "url": f"{config.web.internal_api_url}/internal/v1/search",
        "as_token": secrets.search_as_token,
        "hs_token": secrets.search_hs_token,
        "sender_localpart": SEARCH,
        "rate_limited": False,
        "namespaces": {"users": [_everybody(config)], "rooms": [], "aliases": []},
    }


def _everybody(config: Config) -> dict[str, Any]:
    return {"exclusive": False, "regex": f"@(?!{ADMIN}:).*:{_domain(config)}"}


def _domain(config: Config) -> str:
    return re.escape(config.organisation.domain)


def log_config(config: Config) -> dict[str, Any]:
    level = config.homeserver.log_level.upper()
    return {
        "version": 1,
        "formatters": {"json": {"()": "server.homeserver.synapse_log.JsonFormatter"}},
        "filters": {"context": {"()": "synapse.logging.context.LoggingContextFilter"}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "json",
                "filters": ["context"],
                "stream": "ext://sys.stderr",
            }
        },
        "loggers": {"synapse.storage.SQL": {"level": "WARNING"}},
        "root": {"level": level, "handlers": ["stderr"]},
        "disable_existing_loggers": False,
    }


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"

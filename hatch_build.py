"""Puts the configuration files and the built web client into the wheel; an editable install needs neither."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ShippedFiles(BuildHookInterface[Any]):
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        client = Path(self.root) / "clients" / "web" / "dist"
        if not (client / "index.html").exists():
            raise FileNotFoundError(
                f"{client} is not built: ./run builds it, or `npm run build` in clients/web"
            )
        build_data["force_include"] = {
            str(Path(self.root) / "config"): "server/config/shipped",
            str(client): "server/web_client",
        }

"""Kamailio as the peer of SIP set-ups: a stateful proxy of one worker that relays all calls to one host."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.benchmarks.measure import log_file
from tests.support.ports import is_held

KAMAILIO = shutil.which("kamailio", path="/usr/sbin:/usr/bin:/usr/local/sbin")

_CONFIG = """\
#!KAMAILIO
debug=0
log_stderror=yes
children=1
disable_tcp=yes
auto_aliases=no
listen=udp:127.0.0.1:{port}
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "sl.so"
loadmodule "maxfwd.so"
loadmodule "siputils.so"
loadmodule "textops.so"
loadmodule "pv.so"
request_route {{
    if (!mf_process_maxfwd_header("10")) {{
        sl_send_reply("483", "Too Many Hops");
        exit;
    }}
    if (has_totag()) {{
        if (loose_route()) {{
            t_relay();
        }} else if (is_method("ACK") && t_check_trans()) {{
            t_relay();
        }}
        exit;
    }}
    t_check_trans();
    record_route();
    $du = "sip:127.0.0.1:{target}";
    t_relay();
}}
"""


def _configure(folder: Path, port: int, target: int) -> Path:
    config = folder / "kamailio.cfg"
    config.write_text(_CONFIG.format(port=port, target=target))
    return config


@asynccontextmanager
async def kamailio(folder: Path, port: int, target: int) -> AsyncIterator[int]:
    """Run it on ``port`` relaying to ``target``, both UDP ports of 127.0.0.1; gives its process id."""
    with log_file(folder, "kamailio.log") as log:
        config = _configure(folder, port, target)
        process = await asyncio.create_subprocess_exec(
            KAMAILIO or "kamailio",
            *("-f", str(config), "-DD", "-E", "-m", "64", "-M", "16", "-Y", str(folder)),
            stdout=log,
            stderr=log,
            cwd=folder,
        )
        try:
            while not is_held(port):
                if process.returncode is not None:
                    raise RuntimeError((folder / "kamailio.log").read_text())
                await asyncio.sleep(0.05)  # it opens its port and tells nobody
            yield process.pid
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()

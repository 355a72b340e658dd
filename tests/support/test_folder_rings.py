from pathlib import Path

from tests.support.folder_rings import python_arrows, rings, typescript_arrows


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def test_a_ring_of_three_packages_is_found_and_what_hangs_on_it_is_not(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "a/x.py": "from house.b import y",
            "b/y.py": "import house.c.z",
            "c/z.py": "def late() -> None:\n    from house.a.x import something\n",
            "d/w.py": "from house import a, loose",
            "loose.py": "import os",
        },
    )
    arrows = python_arrows(tmp_path, "house")
    assert arrows["d"] == {"a", "loose.py"}
    assert rings(arrows) == [["a", "b", "c"]]


def test_a_ring_between_folders_of_typescript_is_found_through_late_imports(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "chat/room/Header.tsx": 'import { x } from "../../calls/place";\nimport styles from "./H.css";',
            "calls/place.ts": 'export const late = () => import("../chat/room/Header");',
            "calls/place.test.ts": 'import "../ui/words";',
            "ui/words.ts": 'import type { X } from "../calls/place";',
        },
    )
    assert rings(typescript_arrows(tmp_path)) == [["calls", "chat"]]


def test_two_rings_that_share_nothing_are_two() -> None:
    assert rings({"a": {"b"}, "b": {"a", "c"}, "c": {"d"}, "d": {"c"}}) == [["a", "b"], ["c", "d"]]

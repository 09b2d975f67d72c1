"""make clean: removes what can be made again. Data of `make run` cannot, so it stays."""

import shutil

from ops.state import CLONE, clone_folder

_CACHES = (".venv", ".pytest_cache", ".ruff_cache", ".import_linter_cache", ".hypothesis")


def main() -> None:
    throwaway = [*clone_folder().glob("test*"), *clone_folder().glob("servers-*")]
    compiled = [path for path in CLONE.rglob("__pycache__") if ".venv" not in path.parts]
    for folder in (*(CLONE / name for name in _CACHES), *throwaway, *compiled):
        shutil.rmtree(folder, ignore_errors=True)
    kept = clone_folder() / "run"
    if kept.exists():
        print(f"The data of `make run` is still in {kept}; remove that folder to begin anew.")


if __name__ == "__main__":
    main()

"""The program `topicmill`, as `topicmill` or `python -m topicmill`."""

import os
import sys
import sysconfig

from topicmill import _core


def program() -> str | None:
    """The installed program, which can be run as a process of its own; None if it is not there."""
    path = os.path.join(sysconfig.get_path("scripts"), "topicmill.exe" if os.name == "nt" else "topicmill")
    return path if os.path.isfile(path) else None


def main() -> None:
    """Runs the program with the arguments of this process, and ends with its exit code."""
    sys.exit(_core.main(["topicmill", *sys.argv[1:]], program()))


if __name__ == "__main__":
    main()

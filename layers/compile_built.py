"""`make build`: compile the modules of the layers that were built.

SAM leaves compiled modules out, and a function cannot write any: each cold start would compile all
that it imports, which costs as much again as everything else. Run by the functions' Python.
"""

import compileall
import re
import sys
from pathlib import Path
from py_compile import PycInvalidationMode

UNUSED = re.compile(r"pydantic/v1/|aws_lambda_powertools/(event_handler|utilities)/")
"""Nothing imports these, and compiled they would take a megabyte."""


def compile_layer(folder: Path) -> bool:
    """Compile a built layer; the same on every machine, and never compared with its source.

    A file's time is not kept by a layer's zip. What a traceback names is the place on Lambda.
    """
    return bool(
        compileall.compile_dir(
            folder,
            rx=UNUSED,
            force=True,
            quiet=1,
            invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
            stripdir=str(folder),
            prependdir="/opt",
        )
    )


if __name__ == "__main__":
    layers = sorted(Path(sys.argv[1]).glob("*Layer"))
    sys.exit(not layers or not all(map(compile_layer, layers)))

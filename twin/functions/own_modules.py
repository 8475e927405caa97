"""Keeps the modules of one function separate from other functions' and this process's."""

import builtins
import contextlib
import importlib
import sys
import threading
from collections.abc import Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

from twin.functions.invocations import Function

SharedLayers = dict[tuple[Path, ...], dict[str, ModuleType]]
"""The modules of layers, by their folders."""
_loading = threading.RLock()


class OwnModules:
    """The modules that a function imports, with its handler or later, during an invocation."""

    def __init__(self, function: Function, shared: SharedLayers | None) -> None:
        """With `shared`, functions share the modules of their layers."""
        self._function = function
        self._folders = (function.folder, *function.layers)
        self._shared = shared
        self._known: dict[str, ModuleType] = {}
        self._names = frozenset[str]()
        self._in_place = False
        self._finder = _Finder(self)

    @contextlib.contextmanager
    def __call__(self) -> Iterator[None]:
        """Make imports in this block use the function's code. Other code does not see them."""
        with _loading:
            self._names = frozenset(_names_in(self._folders))
            others = _take_modules(self._names)
            sys.modules.update({**self._of_layers(), **self._known})
            paths = [str(folder) for folder in self._folders]
            sys.path[:0] = paths
            sys.meta_path.insert(0, self._finder)
            importlib.invalidate_caches()
            self._in_place = True
            try:
                yield
            finally:
                self._in_place = False
                sys.meta_path.remove(self._finder)
                for path in paths:
                    sys.path.remove(path)
                self._known |= _take_modules(self._names)
                self._share()
                sys.modules.update(others)

    def owns(self, name: str) -> bool:
        """Whether a module of this name is the function's own."""
        return name.partition(".")[0] in self._names

    def late_import(
        self,
        name: str,
        variables: Any = None,
        local: Any = None,
        wanted: Sequence[str] = (),
        level: int = 0,
    ) -> Any:
        """Replace `__import__` in the function's code, for imports during an invocation."""
        if level or self._in_place or not self.owns(name):
            return builtins.__import__(name, variables, local, wanted, level)
        known = self._known.get(name)
        if known and wanted and all(hasattr(known, each) for each in wanted):
            return known
        with self():
            return builtins.__import__(name, variables, local, wanted, level)

    def _of_layers(self) -> dict[str, ModuleType]:
        return (self._shared or {}).get(self._function.layers, {})

    def _share(self) -> None:
        if self._shared is None:
            return
        names = frozenset(_names_in(self._function.layers))
        of_layers = {n: m for n, m in self._known.items() if n.partition(".")[0] in names}
        self._shared.setdefault(self._function.layers, {}).update(of_layers)


class _Finder(MetaPathFinder):
    def __init__(self, own: OwnModules) -> None:
        self._own = own

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not self._own.owns(fullname):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(spec.loader.name, spec.loader.path, self._own)
        return spec


class _Loader(SourceFileLoader):
    """Gives a module's functions a custom `__import__`."""

    def __init__(self, name: str, path: str, own: OwnModules) -> None:
        super().__init__(name, path)
        self._own = own

    def exec_module(self, module: ModuleType) -> None:
        late = {**vars(builtins), "__import__": self._own.late_import}
        module.__dict__["__builtins__"] = late
        super().exec_module(module)


def _names_in(folders: tuple[Path, ...]) -> Iterator[str]:
    """Yield the names of modules and packages in these folders."""
    for folder in folders:
        yield from (part.stem for part in folder.iterdir() if part.suffix in {"", ".py"})


def _take_modules(names: frozenset[str]) -> dict[str, ModuleType]:
    taken = [name for name in sys.modules if name.partition(".")[0] in names]
    return {name: sys.modules.pop(name) for name in taken}

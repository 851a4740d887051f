"""Home and away: two folders, two interpreters, and nothing shared but installed packages."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path


class Places:
    """``home`` runs scripts beside their modules; ``away`` runs code with -I somewhere else."""

    def __init__(self, root):
        self.home_folder = Path(root, "home")
        self.away_folder = Path(root, "away")
        self.post = Path(root, "post")  # where bytes are exchanged
        for folder in (self.home_folder, self.away_folder, self.post):
            folder.mkdir()

    def write(self, **modules):
        for name, text in modules.items():
            path = self.home_folder / (name.replace("__", os.sep) + ".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text))

    def home(self, name="script", **environment):
        command = [sys.executable, str(self.home_folder / f"{name}.py")]
        return self._run(command, self.home_folder, environment)

    def away(self, code, **environment):
        head = f"import os; post = {str(self.post)!r}\n"
        command = [sys.executable, "-I", "-c", head + textwrap.dedent(code)]
        return self._run(command, self.away_folder, environment)

    def _run(self, command, folder, environment):
        env = {"PATH": os.environ.get("PATH", ""), "POST": str(self.post)}
        env |= {"PYTHONDONTWRITEBYTECODE": "1", **environment}
        done = subprocess.run(
            command, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout.strip()


SEND = """
import os, sys
from pathlib import Path
from hypernodes import shipping
def send(obj, name="payload", **how):
    Path(os.environ["POST"], name).write_bytes(shipping.dumps(obj, **how))
def receive(name="result"):
    return shipping.loads(Path(os.environ["POST"], name).read_bytes())
"""

GET = """
from pathlib import Path
from hypernodes import shipping
from hypernodes.shipping.payload import dumps_light
def get(name="payload"):
    return shipping.loads(Path(post, name).read_bytes())
def put(obj, name="result"):
    Path(post, name).write_bytes(dumps_light(obj))
"""

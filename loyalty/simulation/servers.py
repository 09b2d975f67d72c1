"""Web and worker processes of our own that may be killed: two web processes of eight threads, and a Celery worker."""

import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60
WEB_EVERY, WORKER_EVERY = 3.0, 8.0  # seconds from one kill to the next


class Servers:
    """What runs; `kills` counts what was killed."""

    def __init__(self, environment: Mapping[str, str], application: str):
        self.environment = {**environment, "WEB_WORKERS": "2", "WEB_THREADS": "8", "API_RATE": "1000000"}
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.listening.getsockname()[1]
        self.kills = 0
        self.web = self._start(
            "gunicorn", application, "-c", "docker/gunicorn.py", "--bind", f"fd://{self.listening.fileno()}",
            "--access-logfile", "/dev/null", "--log-level", "critical",
        )  # fmt: skip
        self.worker = self._start_worker()

    def _start(self, *command: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=self.environment,
            pass_fds=[self.listening.fileno()],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _start_worker(self) -> subprocess.Popen:
        return self._start(
            "celery", "-A", "crm", "worker", "--concurrency", "1", "--pool", "solo", "--loglevel", "ERROR"
        )

    def wait(self) -> None:
        """Until the pages answer. Raises TimeoutError."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if self._healthy():
                return
            time.sleep(0.1)
        raise TimeoutError("the web server does not answer")

    def _healthy(self) -> bool:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)) as connection:
            try:
                connection.request("GET", "/health/")
                with connection.getresponse() as answer:
                    return answer.status == 200
            except (OSError, http.client.HTTPException):
                return False

    def kill_a_web_process(self) -> None:
        """One of the web processes, without a warning; its master starts another."""
        children = Path(f"/proc/{self.web.pid}/task/{self.web.pid}/children").read_text().split()
        if children:
            with suppress(ProcessLookupError):
                os.kill(int(random.choice(children)), signal.SIGKILL)
                self.kills += 1

    def kill_the_worker(self) -> None:
        """The worker, without a warning; another is started."""
        self.worker.kill()
        self.worker.wait()
        self.worker = self._start_worker()
        self.kills += 1

    def stop(self) -> None:
        for process in (self.web, self.worker):
            process.terminate()
        for process in (self.web, self.worker):
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.listening.close()


@contextmanager
def running(environment: Mapping[str, str], application: str) -> Iterator[Servers]:
    servers = Servers(environment, application)
    try:
        servers.wait()
        yield servers
    finally:
        servers.stop()


@contextmanager
def killing(servers: Servers) -> Iterator[None]:
    """Processes die at random moments while the block runs."""
    done = threading.Event()

    def killer(kill, every: float) -> None:
        while not done.wait(random.uniform(0.5, 1.5) * every):
            kill()

    kinds = ((servers.kill_a_web_process, WEB_EVERY), (servers.kill_the_worker, WORKER_EVERY))
    threads = [threading.Thread(target=killer, args=kind) for kind in kinds]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        done.set()
        for thread in threads:
            thread.join()

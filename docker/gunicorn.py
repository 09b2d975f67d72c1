"""The web server of the production image."""

import os

bind = "0.0.0.0:8000"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
worker_tmp_dir = "/dev/shm"
control_socket_disable = True
# Only the reverse proxy of the same composition reaches this port.
forwarded_allow_ips = "*"
accesslog = "-"
# The path without its query, in which people search for names and phones.
access_log_format = "%(m)s %(U)s %(s)s %(M)s ms"

"""Exits 0 when the web server in this container answers 200."""

import sys
from http.client import HTTPConnection, HTTPException

try:
    connection = HTTPConnection("127.0.0.1", 8000, timeout=5)
    # As the proxy says it, lest we be sent to HTTPS.
    connection.request("GET", "/health/", headers={"Host": "localhost", "X-Forwarded-Proto": "https"})
    sys.exit(connection.getresponse().status != 200)
except (OSError, HTTPException) as error:
    sys.exit(f"no answer: {error}")

# The product's image, for docker-compose.yml: web, worker, beat and migrations are the same one.
# UNTESTED: no container engine was at hand where this was written, so this image was never built.

FROM python:3.13-slim AS packages
COPY requirements-uv.lock requirements-production.lock /build/
RUN pip install --no-cache-dir --require-hashes --only-binary :all: -r /build/requirements-uv.lock \
    && python -m venv --without-pip /venv \
    && uv pip sync --no-cache --python /venv/bin/python --require-hashes --only-binary :all: \
        /build/requirements-production.lock

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    STATE_DIR=/state
RUN useradd --system --uid 10001 --home-dir /nonexistent tongke \
    && install --directory --owner=tongke --group=tongke --mode=0700 /state
COPY --from=packages /venv /venv
COPY . /tongke
WORKDIR /tongke
RUN python -m ops.messages compile
USER tongke
EXPOSE 8000
CMD ["gunicorn", "crm.wsgi", "--config", "docker/gunicorn.py"]

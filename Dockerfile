# One image for the web server, the workers and beat; docker-compose.yml starts each of them. One
# more, on top of it, for backups.

FROM node:24-slim AS pages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund

FROM python:3.13-slim AS libraries
WORKDIR /app
COPY requirements.txt ./
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.13-slim AS app
RUN groupadd --gid 10001 courseline \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent courseline
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    COLLECTED_STATIC=true
WORKDIR /app
COPY --from=libraries /opt/venv /opt/venv
COPY manage.py ./
COPY clinic clinic
COPY courses courses
COPY sessions sessions
COPY reminders reminders
COPY scheduling scheduling

# Settings want a complete environment; collecting files connects to nothing and keeps none of it.
RUN --mount=from=pages,source=/app/node_modules,target=/app/node_modules \
    SECRET_KEY=only-while-the-static-files-are-collected \
    DATABASE_URL=postgresql://nobody@localhost/none \
    REDIS_URL=redis://localhost \
    EMAIL_URL=smtp://localhost \
    python manage.py collectstatic --noinput

USER 10001
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["gunicorn", "clinic.wsgi:application", "--bind=0.0.0.0:8000", "--worker-class=gthread", \
     "--threads=8", "--graceful-timeout=20", "--worker-tmp-dir=/dev/shm", "--no-control-socket"]

# The host name of BASE_URL is one that the product answers to, wherever it is deployed.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import http.client, os, sys, urllib.parse; link = http.client.HTTPConnection('127.0.0.1', 8000, timeout=4); link.request('GET', '/healthz', headers={'Host': urllib.parse.urlsplit(os.environ['BASE_URL']).netloc}); sys.exit(link.getresponse().status != 200)"]

# Backups need PostgreSQL's own tools, as new as the server, and what encrypts.
FROM app AS backup
USER root
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates postgresql-common age gnupg \
    && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
    && apt-get install -y --no-install-recommends postgresql-client-18 \
    && rm -rf /var/lib/apt/lists/*
USER 10001
HEALTHCHECK NONE
CMD ["python", "manage.py", "backup", "--to=/backups"]

# What is built when no target is named.
FROM app

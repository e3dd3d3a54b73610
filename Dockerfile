# One image for the streaming host, the flows' server and worker, and the stand-in; what runs is the command's choice.
FROM python:3.11.14-slim-bookworm

RUN apt-get update \
    && apt-get install -y --no-install-recommends openjdk-17-jre-headless procps \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --no-create-home --home-dir /tmp moviepulse \
    && install -d -o moviepulse -g moviepulse -m 0750 /data /prefect

WORKDIR /opt/moviepulse
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONUNBUFFERED=1

# Packages and jars, verified by the same set-up as everywhere; this layer lasts until one of these files changes.
COPY pyproject.toml README.md requirements.lock requirements-java.lock ./
COPY conf/jars.xml conf/jars.sha256 conf/
COPY lakehouse/__init__.py lakehouse/errors.py lakehouse/java.py lakehouse/
COPY apps/__init__.py apps/bootstrap.py apps/
RUN python -m apps.bootstrap

COPY . .
RUN .venv/bin/python -m apps.warm_up

# The volume at /data holds the lake and not the jars: they belong to the image.
ENV PATH=/opt/moviepulse/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    MOVIEPULSE_PROFILE=docker \
    MOVIEPULSE_JARS=/opt/moviepulse/.moviepulse/jars

USER 10001:10001
ENTRYPOINT []
CMD ["moviepulse", "--help"]

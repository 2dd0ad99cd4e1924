# syntax=docker/dockerfile:1
# The cloud in a container. MOCKCLOUD_CONTROL_TOKEN is needed: the control API may do everything, and is reached from outside.
#
#     docker build --tag mockcloud .
#     docker run --rm --env MOCKCLOUD_CONTROL_TOKEN --publish 127.0.0.1:8443:8443 --publish 127.0.0.1:8444:8444 mockcloud

FROM python:3.12-slim AS wheel
WORKDIR /source
RUN pip install --no-cache-dir build==1.2.2
COPY . .
RUN python -m build --wheel --outdir /wheel

FROM python:3.12-slim
RUN --mount=type=bind,from=wheel,source=/wheel,target=/wheel \
    pip install --no-cache-dir /wheel/*.whl \
    && useradd --uid 10001 --create-home --shell /usr/sbin/nologin mockcloud \
    && install --directory --owner mockcloud /certs
USER 10001
WORKDIR /home/mockcloud
ENV MOCKCLOUD_HOST=0.0.0.0 \
    MOCKCLOUD_CONTROL_HOST=0.0.0.0 \
    MOCKCLOUD_CERTS=/certs
VOLUME /certs
EXPOSE 8443 8444
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8444/health', timeout=2)"]
ENTRYPOINT ["mockcloud"]
CMD ["serve"]

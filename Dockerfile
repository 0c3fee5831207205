# The search page with everything it needs; the index lives in the volume at /data.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 \
    HF_HUB_OFFLINE=1 \
    BTOK_HOME=/data/home

WORKDIR /opt/btok
COPY pyproject.toml constraints.txt README.md LICENSE NOTICE ./
COPY app app
COPY embedder embedder
COPY indexer indexer
COPY train train
RUN python -m pip install --no-cache-dir "$(grep '^torch==' constraints.txt)" \
    && python -m pip install --no-cache-dir -c constraints.txt -e ".[ocr,server]" \
    && useradd --create-home btok \
    && mkdir -p /data/home \
    && chown -R btok /data

USER btok
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=6 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health')"]
CMD ["python", "-m", "streamlit", "run", "app/main.py", "--server.address=0.0.0.0", "--server.headless=true"]

FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN useradd --system --uid 10001 --create-home healthfund
WORKDIR /app

COPY requirements.txt .
RUN pip install --require-hashes --no-deps --only-binary :all: -r requirements.txt

COPY manage.py .
COPY healthfund healthfund
COPY announcements announcements
COPY programmes programmes
COPY templates templates
COPY static static
COPY fixtures fixtures

# What the portal writes lies in var; all else stays root's. The key of the build signs nothing that lasts.
RUN mkdir var && SECRET_KEY=of-the-build python manage.py collectstatic --no-input && chown -R healthfund var
USER healthfund
EXPOSE 8000
CMD ["gunicorn", "healthfund.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--threads", "8", "--limit-request-line", "8190", "--no-control-socket"]

"""The WSGI entry point: ``gunicorn wsgi:app``."""

from fairlink.app import create_app

app = create_app()

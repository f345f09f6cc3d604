"""The blueprint that the views of this package register on."""

from flask import Blueprint

bp = Blueprint("accounts", __name__)

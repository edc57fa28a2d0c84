"""The group `oms fix`."""

import typer

from oms.cli import fix_read

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="FIX messages.")
fix_read.register(app)

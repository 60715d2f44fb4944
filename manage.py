#!/usr/bin/env python3
import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "healthfund.settings")
    from django.core.management import execute_from_command_line

    from healthfund.env import Misconfigured

    try:
        execute_from_command_line(sys.argv)
    except Misconfigured as reason:
        sys.exit(str(reason))

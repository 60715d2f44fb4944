"""`python -m healthfund.probe URL` exits 0 where the address answers 200: the container's health check.

The portal answers only to its public name, so the probe gives that name while it talks to the port inside.
"""

import sys
import urllib.error
import urllib.request

from healthfund import env


def main(url):
    host = env.listing("ALLOWED_HOSTS")[0].lstrip(".")
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers={"Host": host}), timeout=8) as response:
            print(response.read().decode())
    except urllib.error.HTTPError as error:
        return f"{error}: {error.read(500).decode(errors='replace')}"
    except OSError as error:
        return str(error)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

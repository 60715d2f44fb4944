"""The portal as it is served, with the strict content-security policy that its pages are to live under."""

from healthfund.wsgi import application as portal

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def application(environ, start_response):
    def under_the_policy(status, headers, exc_info=None):
        return start_response(status, [*headers, ("Content-Security-Policy", POLICY)], exc_info)

    return portal(environ, under_the_policy)

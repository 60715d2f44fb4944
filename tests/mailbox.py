"""A real mail server on this machine, as far as RFC 5321 needs it, which does as a test says."""

import contextlib
import email
import email.policy
import socketserver
import threading

TAKE, LATER, NEVER, HANG_UP, UNSAID = "take", "later", "never", "hang up", "unsaid"
"""What it does with a mail: takes it; 451 after its text; 550 to its reader; hangs up before its text; takes it and
hangs up before it says so."""


class MailServer(socketserver.ThreadingTCPServer):
    """Does with each mail the next of `moods`, the last of them again and again. `mails` has what it took, in order."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, *moods):
        super().__init__(("127.0.0.1", 0), Conversation)
        self.moods, self.mails, self.lock = list(moods) or [TAKE], [], threading.Lock()

    @property
    def port(self):
        return self.server_address[1]

    def mood(self):
        with self.lock:
            return self.moods.pop(0) if len(self.moods) > 1 else self.moods[0]


class Conversation(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self):
        self.say("220 here")
        mood = TAKE
        for raw in self.rfile:
            word = raw.decode().strip()
            verb = word.partition(" ")[0].partition(":")[0].upper()
            if verb == "MAIL":
                mood = self.server.mood()
            if verb == "RCPT" and mood == NEVER:
                self.say("550 nobody here by that name")
            elif verb == "DATA":
                if mood == HANG_UP:
                    return
                self.say("354 go on")
                if not self.take(mood):
                    return
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def take(self, mood):
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line[1:] if line.startswith(b"..") else line)
        if mood == LATER:
            self.say("451 not now")
            return True
        mail = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        with self.server.lock:
            self.server.mails.append(mail)
        if mood == UNSAID:
            return False
        self.say("250 taken")
        return True


@contextlib.contextmanager
def mail_server(*moods):
    """A MailServer that runs within."""
    server = MailServer(*moods)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def text_of(mail):
    """The plain text of a mail."""
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


def html_of(mail):
    return mail.get_body(("html",)).get_content()

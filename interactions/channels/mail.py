"""E-mail over SMTP, by the transport of EMAIL_URL."""

from smtplib import SMTPException

from django.core.mail import send_mail
from django.utils.translation import gettext as _

from interactions.channels import Undeliverable


class Mail:
    def send(self, to: str, text: str, *, subject: str) -> None:
        try:
            send_mail(subject or text.splitlines()[0][:100], text, None, [to])
        except (SMTPException, OSError) as problem:
            raise Undeliverable(_("The mail server did not take the message.")) from problem

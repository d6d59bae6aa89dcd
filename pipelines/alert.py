"""Tell people that a job failed: by a web address, by e-mail, and always in the log."""

import json
import logging
import smtplib
from email.message import EmailMessage
from urllib.error import URLError
from urllib.request import Request, urlopen

from otklik.pipelines.schedule_settings import Alert

LOG = logging.getLogger("otklik.schedule")
TIMEOUT_S = 20.0


def send_alert(alert: Alert, job: str, words: str) -> list[str]:
    """Send an alert everywhere; a way that fails does not stop the others.

    Parameters
    ----------
    words : str
        One line, without personal data.

    Returns
    -------
    list of str
        Ways that failed, with the reason.
    """
    LOG.error("job %s failed: %s", job, words)
    failed = []
    if alert.webhook:
        try:
            _post(alert.webhook, job, words)
        except (URLError, OSError, ValueError) as error:
            failed.append(f"webhook: {error}")
    if alert.recipients:
        try:
            _mail(alert, job, words)
        except (smtplib.SMTPException, OSError) as error:
            failed.append(f"e-mail: {error}")
    for way in failed:
        LOG.error("the alert itself failed by %s", way)
    return failed


def _post(address: str, job: str, words: str) -> None:
    body = json.dumps({"job": job, "text": f"Отклик: задание {job} не выполнено. {words}"})
    request = Request(address, body.encode(), {"Content-Type": "application/json"}, method="POST")
    with urlopen(request, timeout=TIMEOUT_S):
        pass


def _mail(alert: Alert, job: str, words: str) -> None:
    message = EmailMessage()
    message["Subject"] = f"Отклик: задание {job} не выполнено"
    message["From"], message["To"] = alert.sender, ", ".join(alert.recipients)
    message.set_content(f"{words}\n\nПодробности в журнале службы.\n")
    assert alert.smtp_host is not None
    with smtplib.SMTP(alert.smtp_host, alert.smtp_port, timeout=TIMEOUT_S) as server:
        server.send_message(message)

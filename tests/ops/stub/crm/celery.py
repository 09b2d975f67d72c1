import os

from celery import Celery

app = Celery("crm", broker=os.environ["REDIS_URL"])

"""x"""


def add_report(commands):
    pass

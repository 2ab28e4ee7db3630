"""The demo: shipped real data, what is made of it, and who may use it.

Not the gateway that plays it. Origin and licences of the data: SOURCES.md beside this file.
"""

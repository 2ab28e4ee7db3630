"""How files of history are spelled: ISS answers and Finam exports, text in, records out."""

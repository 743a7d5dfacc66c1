"""Bridges to other tools, each imported by its name: `topicmill.adapters.bertopic`, `gensim`, `pyldavis`, `spacy`."""

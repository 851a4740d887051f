"""Cases are programs of their own, run by test_corpus.py; pytest itself must not import them."""

collect_ignore_glob = ["corpus/*", "corpus_home.py", "corpus_worker.py"]

"""The catalog: a database, and what is read of it: the walk, custody, retention, due dates, rights, what is pending."""

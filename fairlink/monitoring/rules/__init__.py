"""Pure figures of results and of evaluations; the estimators stand apart in `estimation`."""

"""The types of the args that cross the table, generated from `db/contracts/` by `make contracts`."""

-- The caller's limit again (see lock_timeout.sql).
select set_config('lock_timeout', current_setting('pgphase.lock_timeout'), true);

-- Settings that decide how the server prints definitions: the caller's value is kept aside, then a fixed one is set.
-- All of it is local to the transaction; leave.sql puts the caller's values back, since the transaction may go on.
-- The numbers of the objects found are handed to the statements that follow in settings of the same kind: so each of
-- them is a look-up by index in one catalogue, cheap to plan, and all of them fit into one message. Sequential scans
-- are off because the planner would read such a setting anew for each row, and compilation because of their cost.
select
    pg_catalog.set_config('pgphase.search_path', pg_catalog.current_setting('search_path'), true),
    pg_catalog.set_config('search_path', '', true),
    pg_catalog.set_config('pgphase.datestyle', pg_catalog.current_setting('datestyle'), true),
    pg_catalog.set_config('datestyle', 'ISO, YMD', true),
    pg_catalog.set_config('pgphase.intervalstyle', pg_catalog.current_setting('intervalstyle'), true),
    pg_catalog.set_config('intervalstyle', 'postgres', true),
    pg_catalog.set_config('pgphase.timezone', pg_catalog.current_setting('timezone'), true),
    pg_catalog.set_config('timezone', 'GMT', true),
    pg_catalog.set_config('pgphase.extra_float_digits', pg_catalog.current_setting('extra_float_digits'), true),
    pg_catalog.set_config('extra_float_digits', '1', true),
    pg_catalog.set_config('pgphase.bytea_output', pg_catalog.current_setting('bytea_output'), true),
    pg_catalog.set_config('bytea_output', 'hex', true),
    pg_catalog.set_config('pgphase.strings', pg_catalog.current_setting('standard_conforming_strings'), true),
    pg_catalog.set_config('standard_conforming_strings', 'on', true),
    pg_catalog.set_config('pgphase.quote_all', pg_catalog.current_setting('quote_all_identifiers'), true),
    pg_catalog.set_config('quote_all_identifiers', 'off', true),
    pg_catalog.set_config('pgphase.seqscan', pg_catalog.current_setting('enable_seqscan'), true),
    pg_catalog.set_config('enable_seqscan', 'off', true),
    pg_catalog.set_config('pgphase.jit', pg_catalog.current_setting('jit'), true),
    pg_catalog.set_config('jit', 'off', true),
    pg_catalog.set_config(
        'pgphase.schemas',
        pg_catalog.array_remove(array[:schemas]::pg_catalog.oid[], null)::text,
        true
    ),
    pg_catalog.set_config('pgphase.relations', '{0}', true),
    pg_catalog.set_config('pgphase.functions', '{0}', true),
    pg_catalog.set_config('pgphase.types', '{0}', true);

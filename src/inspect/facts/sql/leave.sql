-- The caller's settings again (see enter.sql).
select
    pg_catalog.set_config('search_path', pg_catalog.current_setting('pgphase.search_path'), true),
    pg_catalog.set_config('datestyle', pg_catalog.current_setting('pgphase.datestyle'), true),
    pg_catalog.set_config('intervalstyle', pg_catalog.current_setting('pgphase.intervalstyle'), true),
    pg_catalog.set_config('timezone', pg_catalog.current_setting('pgphase.timezone'), true),
    pg_catalog.set_config('extra_float_digits', pg_catalog.current_setting('pgphase.extra_float_digits'), true),
    pg_catalog.set_config('bytea_output', pg_catalog.current_setting('pgphase.bytea_output'), true),
    pg_catalog.set_config('standard_conforming_strings', pg_catalog.current_setting('pgphase.strings'), true),
    pg_catalog.set_config('quote_all_identifiers', pg_catalog.current_setting('pgphase.quote_all'), true),
    pg_catalog.set_config('enable_seqscan', pg_catalog.current_setting('pgphase.seqscan'), true),
    pg_catalog.set_config('jit', pg_catalog.current_setting('pgphase.jit'), true);

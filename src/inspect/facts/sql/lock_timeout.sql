-- Printing a view's definition waits for whoever has locked one of its tables. A caller without a limit gets one.
select
    set_config('pgphase.lock_timeout', current_setting('lock_timeout'), true),
    set_config(
        'lock_timeout',
        case current_setting('lock_timeout') when '0' then '3s' else current_setting('lock_timeout') end,
        true
    );

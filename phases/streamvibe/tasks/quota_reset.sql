-- title: Start new quota cycles
-- every: 1 hour
-- phase: user_onboarding
-- description: A subscription whose cycle is over gets a new one: counters back to 0 (noted in quota_usage_history),
--   dates moved on by as many months as it takes. One that is not to be renewed ends instead (status canceled).
--   Those that are not in an active state stay as they are.

with due as (
    select
        s.id,
        s.user_id,
        s.syncs_used,
        s.ai_analyses_used,
        s.seo_submissions_used,
        s.cycle_start_date,
        s.cycle_end_date,
        coalesce(s.is_auto_renew_enabled, true) as is_renewed,
        t.max_syncs_per_month,
        t.max_ai_analyses_per_month,
        t.max_seo_submissions_per_month
    from public.subscription s
    join public.subscription_tier t on t.id = s.tier_id
    join public.subscription_status st on st.id = s.status_id
    where s.cycle_end_date <= now()
        and st.is_active_state
    -- One that is in use at this moment is for the next run.
    for no key update of s skip locked
),
next_cycle as (
    -- In UTC, so that the result does not depend on the session's time zone. age() gives the whole months that have
    -- passed, give or take the ends of short months: the first of the candidates that lies ahead is the new end.
    select
        due.id,
        c.cycle_start,
        c.cycle_end
    from due
    cross join lateral (
        select
            (due.cycle_end_date at time zone 'UTC' + make_interval(months => n.months - 1)) at time zone 'UTC' as cycle_start,
            (due.cycle_end_date at time zone 'UTC' + make_interval(months => n.months)) at time zone 'UTC' as cycle_end
        from generate_series(
            1,
            2 + (
                extract(year from age(now(), due.cycle_end_date)) * 12 + extract(month from age(now(), due.cycle_end_date))
            )::integer
        ) as n (months)
    ) c
    where due.is_renewed
        and c.cycle_end > now()
        and c.cycle_start <= now()
),
renewed as (
    update public.subscription s
    set syncs_used = 0,
        ai_analyses_used = 0,
        seo_submissions_used = 0,
        cycle_start_date = n.cycle_start,
        cycle_end_date = n.cycle_end,
        next_billing_date = case when s.next_billing_date <= now() then n.cycle_end else s.next_billing_date end
    from next_cycle n
    where s.id = n.id
    returning s.id
),
noted as (
    insert into public.quota_usage_history
        (user_id, quota_type, operation, amount, current_value, max_value, reason, billing_cycle_start, billing_cycle_end)
    select
        due.user_id,
        q.quota_type,
        'reset',
        q.used,
        0,
        q.quota,
        'The billing cycle ended.',
        due.cycle_start_date,
        due.cycle_end_date
    from due
    join renewed on renewed.id = due.id
    cross join lateral (
        values
            ('sync', due.syncs_used, due.max_syncs_per_month),
            ('ai_analysis', due.ai_analyses_used, due.max_ai_analyses_per_month),
            ('seo_submission', due.seo_submissions_used, due.max_seo_submissions_per_month)
    ) as q (quota_type, used, quota)
    where q.used > 0
    returning id
),
ended as (
    update public.subscription s
    set status_id = (select st.id from public.subscription_status st where st.slug = 'canceled'),
        canceled_at = coalesce(s.canceled_at, due.cycle_end_date),
        next_billing_date = null
    from due
    where s.id = due.id
        and not due.is_renewed
    returning s.id
)
select
    (select count(*) from renewed) as subscriptions_renewed,
    (select count(*) from ended) as subscriptions_ended,
    (select count(*) from noted) as counters_reset;

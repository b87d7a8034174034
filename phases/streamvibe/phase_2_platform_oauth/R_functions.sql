-- StreamVibe, phase 2: functions. None is documented; the one here enforces the tier's number of social accounts.
--
-- Needs: 001_schema.sql.

create or replace function private.enforce_social_account_limit()
returns trigger
language plpgsql
volatile
parallel unsafe
security definer
set search_path = ''
as $$
declare
    account_limit integer;
    account_count bigint;
begin
    -- Removed accounts do not count; one that counted before goes on to count.
    if new.deleted_at is not null then
        return new;
    end if;

    if tg_op = 'UPDATE' and old.deleted_at is null and new.user_id = old.user_id then
        return new;
    end if;

    -- Writing the subscription, not only locking it: of two accounts added at the same time the second one waits here
    -- and then counts the first; in a repeatable-read transaction, which could not see it, it fails instead.
    update public.subscription s set user_id = s.user_id where s.user_id = new.user_id;

    select t.max_social_accounts into account_limit
    from public.subscription s
    join public.subscription_tier t on t.id = s.tier_id
    join public.subscription_status st on st.id = s.status_id
    where s.user_id = new.user_id and st.is_active_state;

    if not found then
        raise exception 'no usable subscription, so no social account can be connected'
            using errcode = 'raise_exception', hint = 'Assign a tier in an active state first.';
    end if;

    select pg_catalog.count(*) into account_count
    from public.social_account a
    where a.user_id = new.user_id and a.deleted_at is null and a.id <> new.id;

    if account_count >= account_limit then
        raise exception 'social account limit reached: the subscription allows %', account_limit
            using
                errcode = 'raise_exception',
                detail = pg_catalog.format('%s connected already.', account_count),
                hint = 'Remove an account first, or choose a larger tier.';
    end if;

    return new;
end
$$;
comment on function private.enforce_social_account_limit() is
    'Before an account is added, restored or handed over: not more than the subscription''s tier allows, also when done at the same time.';

revoke execute on function private.enforce_social_account_limit() from public, anon, authenticated, service_role;

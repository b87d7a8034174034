-- StreamVibe, phase 1: functions. First the helpers in schema private, then the four documented ones.
--
-- Needs: 001_schema.sql. Every function pins its search path, since the auth service signs up with search_path = auth.
-- A security definer function checks its caller, or only the service role may execute it.

-- Who is asking ---------------------------------------------------------------------------------------------------------

create or replace function private.is_service()
returns boolean
language sql
stable
parallel restricted
security invoker
set search_path = ''
as $$
    -- The role GUC is what SET ROLE chose and, unlike current_user, is not changed by a security definer function.
    -- authenticator is a member of service_role without being trusted: it may still become anyone.
    select
        caller.name not in ('anon', 'authenticated', 'authenticator')
        and pg_catalog.pg_has_role(caller.name, 'service_role', 'member')
    from (
        select coalesce(nullif(pg_catalog.current_setting('role', true), 'none')::name, session_user) as name
    ) as caller
$$;
comment on function private.is_service() is
    'True when the request runs as service_role or as a role that may become it (the owner, a superuser), even inside a security definer function.';

create or replace function private.is_admin()
returns boolean
language sql
stable
parallel unsafe
security definer
set search_path = ''
as $$
    select exists (
        select
        from public.user_role r
        where r.user_id = (select auth.uid()) and r.role = 'admin'
    )
$$;
comment on function private.is_admin() is
    'True when the signed-in user has the role admin. Definer, so that policies of user_role itself can use it.';

create or replace function private.assert_caller(p_user_id uuid)
returns void
language plpgsql
stable
parallel unsafe
security invoker
set search_path = ''
as $$
begin
    if p_user_id = auth.uid() or private.is_service() then
        return;
    end if;

    raise exception 'this can only be done for yourself'
        using
            errcode = 'insufficient_privilege',
            hint = 'Pass your own user id (auth.uid()), or call as the service role.';
end
$$;
comment on function private.assert_caller(uuid) is
    'Raises 42501 unless the given user is the signed-in one or the service role is asking.';

-- Trigger functions -----------------------------------------------------------------------------------------------------

create or replace function private.set_updated_at()
returns trigger
language plpgsql
volatile
parallel unsafe
security invoker
set search_path = ''
as $$
begin
    -- An update that changes nothing does not count as a change.
    if new is distinct from old then
        new.updated_at := pg_catalog.now();
    end if;

    return new;
end
$$;
comment on function private.set_updated_at() is 'Before update: notes the time of a row''s last change in updated_at.';

create or replace function private.handle_new_user()
returns trigger
language plpgsql
volatile
parallel unsafe
security definer
set search_path = ''
as $$
begin
    -- Only the id is taken over: an account may have no e-mail address (phone, anonymous), its metadata is whatever
    -- the client sent, and personal data does not belong in public.users.
    insert into public.users (id) values (new.id) on conflict (id) do nothing;
    insert into public.user_setting (user_id) values (new.id) on conflict (user_id) do nothing;
    insert into public.user_role (user_id, role) values (new.id, 'user') on conflict (user_id, role) do nothing;

    return new;
end
$$;
comment on function private.handle_new_user() is
    'After insert on auth.users: profile, settings and the role user. No subscription: the service role assigns the tier.';

create or replace function private.guard_user_verification()
returns trigger
language plpgsql
volatile
parallel unsafe
security invoker
set search_path = ''
as $$
begin
    if new.is_verified is distinct from old.is_verified and not (private.is_service() or private.is_admin()) then
        raise exception 'only an administrator may change is_verified' using errcode = 'insufficient_privilege';
    end if;

    return new;
end
$$;
comment on function private.guard_user_verification() is 'Before update of users: nobody verifies himself.';

create or replace function private.sync_profile_visibility()
returns trigger
language plpgsql
volatile
parallel unsafe
security definer
set search_path = ''
as $$
begin
    if tg_table_name = 'users' then
        update public.user_setting s
        set is_profile_public = new.is_public
        where s.user_id = new.id and s.is_profile_public is distinct from new.is_public;
    elsif tg_op = 'INSERT' and new.is_profile_public then
        -- Settings made for a profile that is private already: private wins over the column's default.
        update public.user_setting s
        set is_profile_public = u.is_public
        from public.users u
        where s.user_id = new.user_id and u.id = s.user_id and s.is_profile_public is distinct from u.is_public;
    else
        update public.users u
        set is_public = new.is_profile_public
        where u.id = new.user_id and u.is_public is distinct from new.is_profile_public;
    end if;

    return null;
end
$$;
comment on function private.sync_profile_visibility() is
    'Keeps users.is_public and user_setting.is_profile_public equal, whichever of the two is changed.';

create or replace function private.audit_user_role()
returns trigger
language plpgsql
volatile
parallel unsafe
security definer
set search_path = ''
as $$
declare
    changed public.user_role := coalesce(new, old);
begin
    -- Looked up, not taken from the claim: when an account is being erased its profile is gone already, and a
    -- reference to it would block the erasure.
    insert into public.audit_log (user_id, action, entity_type, entity_id, old_values, new_values)
    values (
        (select u.id from public.users u where u.id = auth.uid()),
        case tg_op when 'INSERT' then 'role.granted' else 'role.revoked' end,
        'user_role',
        changed.user_id,
        case tg_op when 'DELETE' then pg_catalog.jsonb_build_object('role', changed.role) end,
        case tg_op when 'INSERT' then pg_catalog.jsonb_build_object('role', changed.role) end
    );

    return null;
end
$$;
comment on function private.audit_user_role() is 'Notes in audit_log who granted or revoked a role other than user.';

-- Quotas ----------------------------------------------------------------------------------------------------------------

create or replace function private.quota_state(p_user_id uuid, p_quota_type text)
returns table (used integer, quota integer, is_open boolean, cycle_start timestamptz, cycle_end timestamptz)
language plpgsql
stable
parallel unsafe
security invoker
set search_path = ''
as $$
begin
    if p_quota_type is null or p_quota_type not in ('sync', 'ai_analysis', 'seo_submission') then
        raise exception 'unknown quota type: %', coalesce(p_quota_type, 'null')
            using errcode = 'invalid_parameter_value', hint = 'Known are sync, ai_analysis and seo_submission.';
    end if;

    return query
    select
        case p_quota_type
            when 'sync' then s.syncs_used
            when 'ai_analysis' then s.ai_analyses_used
            else s.seo_submissions_used
        end,
        case p_quota_type
            when 'sync' then t.max_syncs_per_month
            when 'ai_analysis' then t.max_ai_analyses_per_month
            else t.max_seo_submissions_per_month
        end,
        coalesce(st.is_active_state, false)
            and (s.cycle_end_date > pg_catalog.now() or coalesce(s.is_auto_renew_enabled, true)),
        s.cycle_start_date,
        s.cycle_end_date
    from public.subscription s
    join public.subscription_tier t on t.id = s.tier_id
    join public.subscription_status st on st.id = s.status_id
    where s.user_id = p_user_id;
end
$$;
comment on function private.quota_state(uuid, text) is
    'What a user has used of a quota, its limit, and whether the subscription can be used; no row without a subscription. Unknown type: 22023.';

create or replace function private.change_quota(p_user_id uuid, p_quota_type text, p_change integer)
returns void
language sql
volatile
parallel unsafe
security invoker
set search_path = ''
as $$
    update public.subscription s
    set syncs_used = s.syncs_used + case when p_quota_type = 'sync' then p_change else 0 end,
        ai_analyses_used = s.ai_analyses_used + case when p_quota_type = 'ai_analysis' then p_change else 0 end,
        seo_submissions_used = s.seo_submissions_used + case when p_quota_type = 'seo_submission' then p_change else 0 end
    where s.user_id = p_user_id
$$;
comment on function private.change_quota(uuid, text, integer) is
    'Adds to a quota counter, without any check: for increment_quota and decrement_quota, which hold the row''s lock.';

create or replace function public.check_quota(p_user_id uuid, p_quota_type text)
returns boolean
language plpgsql
stable
parallel unsafe
security definer
set search_path = ''
as $$
begin
    perform private.assert_caller(p_user_id);

    return coalesce(
        (select q.is_open and q.used < q.quota from private.quota_state(p_user_id, p_quota_type) q),
        false
    );
end
$$;
comment on function public.check_quota(uuid, text) is
    'True while the user has used less than the tier allows; false without a usable subscription. Types: sync, ai_analysis, seo_submission; another one is an error (22023). For oneself or the service role.';

create or replace function public.increment_quota(
    p_user_id uuid,
    p_quota_type text,
    p_amount integer default 1,
    p_related_entity_type text default null,
    p_related_entity_id uuid default null
)
returns void
language plpgsql
volatile
parallel unsafe
security definer
set search_path = ''
as $$
declare
    state record;
begin
    perform private.assert_caller(p_user_id);

    if p_amount is null or p_amount <= 0 then
        raise exception 'the amount must be positive, not %', coalesce(p_amount::text, 'null')
            using errcode = 'invalid_parameter_value';
    end if;

    -- Whoever comes second waits here and then reads the first one's counter: together they cannot pass the limit.
    perform from public.subscription s where s.user_id = p_user_id for no key update;

    select * into state from private.quota_state(p_user_id, p_quota_type);

    if not found or not state.is_open then
        raise exception 'no usable subscription, so no quota of type %', p_quota_type
            using errcode = 'raise_exception', hint = 'Assign a tier in an active state first.';
    end if;

    if p_amount > state.quota - state.used then
        raise exception 'quota exceeded: %', p_quota_type
            using
                errcode = 'raise_exception',
                detail = pg_catalog.format('%s of %s used, %s more asked for.', state.used, state.quota, p_amount),
                hint = pg_catalog.format('The billing cycle ends on %s; a larger tier allows more.', state.cycle_end::date);
    end if;

    perform private.change_quota(p_user_id, p_quota_type, p_amount);

    insert into public.quota_usage_history (
        user_id, quota_type, operation, amount, current_value, max_value,
        related_entity_type, related_entity_id, billing_cycle_start, billing_cycle_end
    )
    values (
        p_user_id, p_quota_type, 'increment', p_amount, state.used + p_amount, state.quota,
        p_related_entity_type, p_related_entity_id, state.cycle_start, state.cycle_end
    );
end
$$;
comment on function public.increment_quota(uuid, text, integer, text, uuid) is
    'Counts a use and notes it in quota_usage_history. Never passes the limit, also when called at the same time: then it raises P0001 and nothing is counted. For oneself or the service role.';

create or replace function public.decrement_quota(
    p_user_id uuid,
    p_quota_type text,
    p_amount integer default 1,
    p_reason text default null
)
returns void
language plpgsql
volatile
parallel unsafe
security definer
set search_path = ''
as $$
declare
    state record;
    taken integer;
begin
    -- A user who could give quota back to himself would have no limit. Nobody else has been granted execution; this
    -- holds even if somebody is granted it by mistake.
    if not private.is_service() then
        raise exception 'only the service role may give quota back' using errcode = 'insufficient_privilege';
    end if;

    if p_amount is null or p_amount <= 0 then
        raise exception 'the amount must be positive, not %', coalesce(p_amount::text, 'null')
            using errcode = 'invalid_parameter_value';
    end if;

    perform from public.subscription s where s.user_id = p_user_id for no key update;

    select * into state from private.quota_state(p_user_id, p_quota_type);

    if not found then
        raise exception 'no subscription, so no quota of type % to give back', p_quota_type using errcode = 'raise_exception';
    end if;

    taken := least(p_amount, state.used);

    perform private.change_quota(p_user_id, p_quota_type, -taken);

    insert into public.quota_usage_history (
        user_id, quota_type, operation, amount, current_value, max_value,
        reason, billing_cycle_start, billing_cycle_end
    )
    values (
        p_user_id, p_quota_type, 'decrement', taken, state.used - taken, state.quota,
        p_reason, state.cycle_start, state.cycle_end
    );
end
$$;
comment on function public.decrement_quota(uuid, text, integer, text) is
    'Gives a use back, at most what was used, and notes it in quota_usage_history with what was really taken off. For the service role.';

create or replace function public.has_role(p_user_id uuid, p_role public.app_role_enum)
returns boolean
language plpgsql
stable
parallel unsafe
security definer
set search_path = ''
as $$
begin
    -- Who has which role is nobody else's business, administrators excepted.
    if not private.is_admin() then
        perform private.assert_caller(p_user_id);
    end if;

    return exists (
        select
        from public.user_role r
        where r.user_id = p_user_id and r.role = p_role
    );
end
$$;
comment on function public.has_role(uuid, public.app_role_enum) is
    'Whether a user has a role. One may ask about oneself; administrators and the service role about anybody.';

-- Who may execute what --------------------------------------------------------------------------------------------------

revoke execute on function
    private.is_service(),
    private.is_admin(),
    private.assert_caller(uuid),
    private.set_updated_at(),
    private.handle_new_user(),
    private.guard_user_verification(),
    private.sync_profile_visibility(),
    private.audit_user_role(),
    private.quota_state(uuid, text),
    private.change_quota(uuid, text, integer),
    public.check_quota(uuid, text),
    public.increment_quota(uuid, text, integer, text, uuid),
    public.decrement_quota(uuid, text, integer, text),
    public.has_role(uuid, public.app_role_enum)
from public, anon, authenticated, service_role;

-- anon: the policies of what visitors may read call it; it answers false to them.
grant execute on function private.is_admin() to anon, authenticated, service_role;
grant execute on function private.is_service(), private.assert_caller(uuid) to authenticated, service_role;

grant execute on function
    public.check_quota(uuid, text),
    public.increment_quota(uuid, text, integer, text, uuid),
    public.has_role(uuid, public.app_role_enum)
to authenticated, service_role;

grant execute on function public.decrement_quota(uuid, text, integer, text) to service_role;

-- Functions of phase 6: profile slugs, follower totals, clicks, trend scores; and what keeps clicks impersonal.

create or replace function private.slugify(p_text text)
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
    v_text text := coalesce(p_text, '');
begin
    if getdatabaseencoding() = 'UTF8' then
        -- Letters with accents become a letter and an accent, which goes. Some have no such form.
        v_text := regexp_replace(normalize(v_text, nfkd), '[\u0300-\u036f]', '', 'g');
        v_text := translate(v_text, 'øØłŁđĐıħĦŧŦ', 'oOlLdDihHtT');
        v_text := replace(replace(replace(v_text, 'ß', 'ss'), 'ẞ', 'ss'), 'þ', 'th');
        v_text := replace(replace(replace(v_text, 'æ', 'ae'), 'Æ', 'ae'), 'Þ', 'th');
        v_text := replace(replace(replace(v_text, 'œ', 'oe'), 'Œ', 'oe'), 'ð', 'd');
    end if;
    v_text := regexp_replace(v_text, '[''’]', '', 'g');
    v_text := regexp_replace(lower(v_text), '[^a-z0-9]+', '-', 'g');
    return trim(both '-' from left(trim(both '-' from v_text), 50));
end
$$;

comment on function private.slugify(text) is
    'Lower-case latin letters, digits and single hyphens, at most 50 characters; empty if the text has no latin letter or digit.';

create or replace function public.generate_profile_slug(p_display_name text, p_user_id uuid)
returns text
language plpgsql
stable
parallel unsafe
security definer -- a slug is taken, whether or not the caller may see the profile that has it
set search_path = ''
as $$
declare
    v_base text := private.slugify(p_display_name);
    v_current text;
    v_candidate text;
    v_number integer := 0;
begin
    perform private.assert_caller(p_user_id);

    if v_base = '' then
        v_base := coalesce('creator-' || left(p_user_id::text, 8), 'creator');
    end if;

    -- A slug that fits the name is kept, with its number: addresses should not change.
    select u.profile_slug into v_current from public.users u where u.id = p_user_id;
    if v_current = v_base
        or v_current = rtrim(left(v_base, 49 - length(substring(v_current from '-([0-9]+)$'))), '-')
            || substring(v_current from '-[0-9]+$')
    then
        return v_current;
    end if;

    v_candidate := v_base;
    while exists (select from public.users u where u.profile_slug = v_candidate) loop
        v_number := v_number + 1;
        v_candidate := rtrim(left(v_base, 49 - length(v_number::text)), '-') || '-' || v_number;
    end loop;
    return v_candidate;
end
$$;

comment on function public.generate_profile_slug(text, uuid) is
    'A free profile slug for the name: tech-gaming, else tech-gaming-1, -2, …; at most 50 characters. The user''s present '
    'slug is kept if it fits the name. A name without latin letters gives creator-<start of the user''s id>. For oneself, '
    'or by the service. Does not store it: the unique key on users decides between two who ask at the same time.';

create or replace function public.update_total_followers(p_user_id uuid)
returns void
language plpgsql
volatile
parallel unsafe
security definer -- users may not write their own total
set search_path = ''
as $$
declare
    v_total bigint;
begin
    perform private.assert_caller(p_user_id);

    select coalesce(sum(a.follower_count), 0)
    into v_total
    from public.social_account a
    where a.user_id = p_user_id
        and a.deleted_at is null;

    update public.users u
    set total_followers_count = v_total
    where u.id = p_user_id
        and u.total_followers_count is distinct from v_total;
    if not found and not exists (select from public.users u where u.id = p_user_id) then
        raise exception 'user % does not exist', p_user_id using errcode = 'no_data_found';
    end if;
end
$$;

comment on function public.update_total_followers(uuid) is
    'Sets users.total_followers_count to the sum over the user''s accounts, removed ones left out. For oneself, or by the service.';

create or replace function public.increment_content_clicks(p_content_id uuid)
returns void
language plpgsql
volatile
parallel unsafe
set search_path = ''
as $$
begin
    update public.content_item c
    set total_clicks = least(coalesce(c.total_clicks, 0), 2147483646) + 1,
        clicks_last_7_days = least(coalesce(c.clicks_last_7_days, 0), 2147483646) + 1,
        clicks_last_30_days = least(coalesce(c.clicks_last_30_days, 0), 2147483646) + 1
    where c.id = p_content_id
        and c.deleted_at is null;
    if not found then
        raise exception 'content % does not exist', p_content_id using errcode = 'no_data_found';
    end if;
end
$$;

comment on function public.increment_content_clicks(uuid) is
    'Counts one click on a content item, in all three counters. For the service: whoever could call it could make '
    'anything trend.';

create or replace function public.calculate_trend_score(p_clicks integer, p_views integer, p_created_at timestamptz)
returns numeric
language sql
stable
parallel safe
set search_path = ''
as $$
    -- What is unknown counts as nothing; least() and greatest() skip nulls, so that they have to go first.
    select trim_scale(round(
        least(greatest(coalesce(p_clicks, 0), 0) / 1000.0, 1) * 0.4
        + least(greatest(coalesce(p_views, 0), 0) / 100000.0, 1) * 0.3
        + coalesce(
            least(greatest(1 - extract(epoch from now() - p_created_at) / (30 * 86400.0), 0), 1),
            0
        ) * 0.3,
        6
    ));
$$;

comment on function public.calculate_trend_score(integer, integer, timestamptz) is
    'From 0 to 1: clicks (0.4, full at 1,000), views (0.3, full at 100,000), recency (0.3, fading over 30 days). '
    'Null counts as nothing.';

-- Triggers' functions ------------------------------------------------------------------------------------------

create or replace function private.request_address()
returns inet
language plpgsql
stable
parallel safe
set search_path = ''
as $$
declare
    v_headers constant json := nullif(current_setting('request.headers', true), '')::json;
begin
    -- The first is set by the proxy in front of Supabase, whatever the client sends. Of the second, the client may have
    -- sent a beginning; its last entry is what the nearest proxy has seen.
    return trim(coalesce(
        v_headers ->> 'cf-connecting-ip',
        substring(v_headers ->> 'x-forwarded-for' from '[^,]*$')
    ))::inet;
exception
    when invalid_text_representation then
        return null;
end
$$;

comment on function private.request_address() is 'The address that the current request of the Data API comes from; null if unknown.';

create or replace function private.stamp_click()
returns trigger
language plpgsql
volatile
parallel unsafe
security definer -- sees all clicks, which visitors do not
set search_path = ''
as $$
begin
    if private.is_service() then
        return new;
    end if;

    new.ip_address := private.request_address();
    new.user_agent := left(nullif(current_setting('request.headers', true), '')::json ->> 'user-agent', 500);

    -- One visitor, one content item, one minute: one click. Visitors of whom nothing is known count as one.
    if exists (
        select
        from public.content_click k
        where k.content_id = new.content_id
            and k.clicked_at > new.clicked_at - interval '1 minute'
            and k.user_id is not distinct from new.user_id
            and (new.user_id is not null or k.ip_address is not distinct from new.ip_address)
    ) then
        return null;
    end if;
    return new;
end
$$;

comment on function private.stamp_click() is
    'Trigger of content_click, for clicks that do not come from the service: notes address and browser of the request, and '
    'drops a repeated click.';

create or replace function private.pseudonymise_click()
returns trigger
language plpgsql
volatile
parallel unsafe
set search_path = ''
as $$
begin
    new.ip_address := null;
    new.user_agent := null;
    new.referrer := null;
    new.city := null;
    return new;
end
$$;

comment on function private.pseudonymise_click() is
    'Trigger of content_click: a click that loses its user (erasure) stays as a figure, without what could identify a person.';

-- Who may execute what -----------------------------------------------------------------------------------------

revoke execute on function
    private.slugify(text),
    private.request_address(),
    private.stamp_click(),
    private.pseudonymise_click(),
    public.generate_profile_slug(text, uuid),
    public.update_total_followers(uuid),
    public.increment_content_clicks(uuid),
    public.calculate_trend_score(integer, integer, timestamptz)
from public, anon, authenticated, service_role;

grant execute on function public.calculate_trend_score(integer, integer, timestamptz)
    to anon, authenticated, service_role;
grant execute on function
    public.generate_profile_slug(text, uuid),
    public.update_total_followers(uuid)
to authenticated, service_role;
grant execute on function public.increment_content_clicks(uuid) to service_role;

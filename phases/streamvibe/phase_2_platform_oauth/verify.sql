-- StreamVibe, phase 2: what the document promises about connections and accounts, tried out as the role that would do it.
--
-- Account 1 is on the free tier, account 2 on basic; both have a YouTube connection and, behind it, one account each.
-- Account 3 has no subscription.

insert into auth.users (id, email) values
    ('5ca1ab1e-0000-4000-8000-000000000001', 'one@verify.invalid'),
    ('5ca1ab1e-0000-4000-8000-000000000002', 'two@verify.invalid'),
    ('5ca1ab1e-0000-4000-8000-000000000003', 'three@verify.invalid');

insert into public.subscription (user_id, tier_id, status_id, cycle_start_date, cycle_end_date)
select
    subscriber.user_id::uuid,
    (select t.id from public.subscription_tier t where t.slug = subscriber.tier),
    (select s.id from public.subscription_status s where s.slug = 'active'),
    now(),
    now() + interval '1 month'
from (
    values
        ('5ca1ab1e-0000-4000-8000-000000000001', 'free'),
        ('5ca1ab1e-0000-4000-8000-000000000002', 'basic')
) as subscriber (user_id, tier);

insert into public.platform_connection (id, user_id, platform_id, vault_secret_name, platform_user_id, token_expires_at)
select
    connection.id::uuid,
    connection.user_id::uuid,
    (select p.id from public.platform p where p.slug = 'youtube'),
    'verify_' || connection.user_id,
    'UC' || connection.user_id,
    now() + interval '1 hour'
from (
    values
        ('5ca1ab1e-0000-4000-8000-0000000000c1', '5ca1ab1e-0000-4000-8000-000000000001'),
        ('5ca1ab1e-0000-4000-8000-0000000000c2', '5ca1ab1e-0000-4000-8000-000000000002'),
        ('5ca1ab1e-0000-4000-8000-0000000000c3', '5ca1ab1e-0000-4000-8000-000000000003')
) as connection (id, user_id);

insert into public.social_account (id, user_id, connection_id, platform_id, status_id, account_name)
select
    account.id::uuid,
    c.user_id,
    c.id,
    c.platform_id,
    (select s.id from public.account_status s where s.slug = 'active'),
    account.name
from (
    values
        ('5ca1ab1e-0000-4000-8000-0000000000a1', '5ca1ab1e-0000-4000-8000-0000000000c1', 'One'),
        ('5ca1ab1e-0000-4000-8000-0000000000a2', '5ca1ab1e-0000-4000-8000-0000000000c2', 'Two')
) as account (id, connection_id, name)
join public.platform_connection c on c.id = account.connection_id::uuid;

-- check: there are the five platforms and the four account statuses, visible to all
-- id: SV-2.S
-- id: SV-8.1
set local role anon;
do $$
begin
    assert (
        select count(*) from public.platform where slug in ('youtube', 'instagram', 'tiktok', 'facebook', 'twitter')
    ) = 5, 'platforms';
    assert (
        select count(*) from public.account_status where slug in ('active', 'inactive', 'suspended', 'disconnected')
    ) = 4, 'account statuses';
end
$$;

-- check: after the callback the user sees his connection and account, as the document does
-- id: SV-2.T
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"5ca1ab1e-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
declare
    connection public.platform_connection;
begin
    select * into strict connection from public.platform_connection where user_id = auth.uid();
    assert connection.vault_secret_name <> '', 'vault_secret_name is not populated';
    assert (select count(*) from public.social_account where user_id = auth.uid()) = 1, 'the account is invisible';
end
$$;

-- check: the callback stores the token in the vault and only its name in the table
-- id: SV-2.B
-- id: SU-10
set local role service_role;
do $$
declare
    token constant text := 'ya29.verify-' || gen_random_uuid();
    connection_id uuid;
begin
    perform vault.create_secret(token, 'verify_tiktok_token', 'tokens of a TikTok connection');

    insert into public.platform_connection (user_id, platform_id, vault_secret_name, platform_user_id)
    select '5ca1ab1e-0000-4000-8000-000000000001', p.id, 'verify_tiktok_token', 'tiktok-1'
    from public.platform p where p.slug = 'tiktok'
    returning id into connection_id;

    assert (
        select s.decrypted_secret
        from public.platform_connection c
        join vault.decrypted_secrets s on s.name = c.vault_secret_name
        where c.id = connection_id
    ) = token, 'the token cannot be read back by its name';
    assert not exists (
        select from public.platform_connection c where c::text like '%ya29.verify-%'
    ), 'the token is in the table';
end
$$;

-- check: users cannot read the vault
-- id: SV-2.B
do $$
declare
    statement text;
    reader text;
    refused boolean;
begin
    foreach reader in array array['anon', 'authenticated'] loop
        perform set_config('role', reader, true);
        foreach statement in array array[
            'select from vault.decrypted_secrets',
            'select from vault.secrets',
            'select vault.create_secret(''x'', ''verify_x'')'
        ] loop
            refused := false;
            begin
                execute statement;
            exception
                when insufficient_privilege then
                    refused := true;
            end;
            assert refused, reader || ': ' || statement;
        end loop;
    end loop;
end
$$;

-- check: no column can hold a token
-- id: SV-2.B
do $$
declare
    suspicious text;
    token text;
    refused boolean;
begin
    select string_agg(a.attrelid::regclass || '.' || a.attname, ', ') into suspicious
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'public'::regnamespace
        and c.relname in ('platform', 'account_status', 'platform_connection', 'social_account')
        and a.attnum > 0
        and not a.attisdropped
        and (
            a.attname ~ '(token|secret|password|credential|api_key|refresh|bearer|oauth)'
            or a.atttypid in ('jsonb'::regtype, 'json'::regtype, 'bytea'::regtype)
        )
        and (c.relname, a.attname) not in (
            ('platform', 'is_oauth_required'),
            ('platform_connection', 'token_expires_at'),
            ('platform_connection', 'vault_secret_name')
        );
    assert suspicious is null, suspicious;

    -- A token that is put in the place of the name is refused.
    foreach token in array array[
        'ya29.' || repeat('aB3', 60),
        '{"access_token":"x"}',
        'Bearer abc',
        'eyJhbGciOiJIUzI1NiJ9.' || repeat('x', 100) || '.' || repeat('y', 43),
        ''
    ] loop
        refused := false;
        begin
            update public.platform_connection set vault_secret_name = token
            where id = '5ca1ab1e-0000-4000-8000-0000000000c1';
        exception
            when check_violation then
                refused := true;
        end;
        assert refused, token;
    end loop;
end
$$;

-- check: the free tier has one account, whoever adds the second
-- id: SV-2.Q
-- id: SV-17
set local role service_role;
do $$
declare
    refused boolean := false;
begin
    begin
        insert into public.social_account (user_id, connection_id, platform_id, status_id, account_name)
        select a.user_id, a.connection_id, a.platform_id, a.status_id, 'Second'
        from public.social_account a where a.id = '5ca1ab1e-0000-4000-8000-0000000000a1';
    exception
        when raise_exception then
            assert sqlerrm like 'social account limit reached%', sqlerrm;
            refused := true;
    end;
    assert refused, 'a second account was added on the free tier';
end
$$;

-- check: a larger tier allows as many accounts as it says, also in one statement
-- id: SV-2.Q
set local role service_role;
do $$
declare
    refused boolean := false;
begin
    -- basic: three. One is there; three more at once are refused, two are not.
    begin
        insert into public.social_account (user_id, connection_id, platform_id, status_id, account_name)
        select a.user_id, a.connection_id, a.platform_id, a.status_id, 'More ' || n
        from public.social_account a, generate_series(1, 3) n
        where a.id = '5ca1ab1e-0000-4000-8000-0000000000a2';
    exception
        when raise_exception then
            refused := true;
    end;
    assert refused, 'four accounts on basic';

    insert into public.social_account (user_id, connection_id, platform_id, status_id, account_name)
    select a.user_id, a.connection_id, a.platform_id, a.status_id, 'More ' || n
    from public.social_account a, generate_series(1, 2) n
    where a.id = '5ca1ab1e-0000-4000-8000-0000000000a2';

    assert (
        select count(*) from public.social_account where user_id = '5ca1ab1e-0000-4000-8000-000000000002'
    ) = 3, 'three accounts on basic';
end
$$;

-- check: a removed account makes room, and cannot come back when the room is taken
-- id: SV-2.Q
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"5ca1ab1e-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
begin
    update public.social_account set deleted_at = now() where user_id = auth.uid();
    assert found, 'the owner cannot remove his account';
    update public.social_account set deleted_at = null where user_id = auth.uid();
    assert found, 'the owner cannot restore his account';
    update public.social_account set deleted_at = now() where user_id = auth.uid();
end
$$;
set local role service_role;
insert into public.social_account (id, user_id, connection_id, platform_id, status_id, account_name)
select '5ca1ab1e-0000-4000-8000-0000000000a9', a.user_id, a.connection_id, a.platform_id, a.status_id, 'Instead'
from public.social_account a where a.id = '5ca1ab1e-0000-4000-8000-0000000000a1';
set local role authenticated;
do $$
declare
    refused boolean := false;
begin
    begin
        update public.social_account set deleted_at = null where id = '5ca1ab1e-0000-4000-8000-0000000000a1';
    exception
        when raise_exception then
            refused := true;
    end;
    assert refused, 'two accounts by restoring one';

    -- What counts already may go on being changed.
    update public.social_account set sync_mode = 'auto', deleted_at = null where id = '5ca1ab1e-0000-4000-8000-0000000000a9';
    assert found, 'an account at the limit cannot be changed';
    update public.social_account set deleted_at = now() where id = '5ca1ab1e-0000-4000-8000-0000000000a1';
    assert found, 'a removed account cannot be removed again';
end
$$;
set local role service_role;
do $$
begin
    -- The callback runs again for an account that is there.
    insert into public.social_account (id, user_id, connection_id, platform_id, status_id, account_name)
    select a.id, a.user_id, a.connection_id, a.platform_id, a.status_id, 'Renamed'
    from public.social_account a where a.id = '5ca1ab1e-0000-4000-8000-0000000000a9'
    on conflict (id) do update set account_name = excluded.account_name;
    assert found, 'an account at the limit cannot be upserted';
end
$$;

-- check: an account cannot be handed to somebody who has no room
-- id: SV-2.Q
do $$
declare
    refused boolean := false;
begin
    -- Account 2 has room for another one, account 1 has not.
    insert into public.platform_connection (id, user_id, platform_id, vault_secret_name, platform_user_id)
    select '5ca1ab1e-0000-4000-8000-0000000000c9', '5ca1ab1e-0000-4000-8000-000000000002', p.id, 'verify_tiktok', 'x'
    from public.platform p where p.slug = 'tiktok';
    insert into public.social_account (id, user_id, connection_id, platform_id, status_id, account_name)
    select '5ca1ab1e-0000-4000-8000-0000000000a8', c.user_id, c.id, c.platform_id, s.id, 'Wandering'
    from public.platform_connection c, public.account_status s
    where c.id = '5ca1ab1e-0000-4000-8000-0000000000c9' and s.slug = 'active';

    begin
        update public.social_account
        set user_id = '5ca1ab1e-0000-4000-8000-000000000001',
            connection_id = '5ca1ab1e-0000-4000-8000-0000000000c1',
            platform_id = (select platform_id from public.platform_connection where id = '5ca1ab1e-0000-4000-8000-0000000000c1')
        where id = '5ca1ab1e-0000-4000-8000-0000000000a8';
    exception
        when raise_exception then
            refused := true;
    end;
    assert refused, 'two accounts by handing one over';
end
$$;

-- check: without a usable subscription no account can be connected
-- id: SV-2.Q
do $$
declare
    refused boolean := false;
begin
    begin
        insert into public.social_account (user_id, connection_id, platform_id, status_id, account_name)
        select c.user_id, c.id, c.platform_id, s.id, 'Three'
        from public.platform_connection c, public.account_status s
        where c.id = '5ca1ab1e-0000-4000-8000-0000000000c3' and s.slug = 'active';
    exception
        when raise_exception then
            refused := true;
    end;
    assert refused, 'connected without a subscription';

    update public.social_account set deleted_at = now() where id = '5ca1ab1e-0000-4000-8000-0000000000a1';
    update public.subscription set status_id = (select id from public.subscription_status where slug = 'paused')
    where user_id = '5ca1ab1e-0000-4000-8000-000000000001';
    refused := false;
    begin
        update public.social_account set deleted_at = null where id = '5ca1ab1e-0000-4000-8000-0000000000a1';
    exception
        when raise_exception then
            refused := true;
    end;
    assert refused, 'restored with a paused subscription';
end
$$;

-- check: an account cannot hang on another user's connection, or on another platform's
-- id: SV-2.T
set local role service_role;
do $$
declare
    refused boolean := false;
begin
    update public.social_account set deleted_at = now() where user_id = '5ca1ab1e-0000-4000-8000-000000000001';

    begin
        insert into public.social_account (user_id, connection_id, platform_id, status_id, account_name)
        select '5ca1ab1e-0000-4000-8000-000000000001', a.connection_id, a.platform_id, a.status_id, 'Stolen'
        from public.social_account a where a.id = '5ca1ab1e-0000-4000-8000-0000000000a2';
    exception
        when foreign_key_violation then
            refused := true;
    end;
    assert refused, 'another user''s connection';

    refused := false;
    begin
        update public.social_account set platform_id = (select id from public.platform where slug = 'tiktok')
        where id = '5ca1ab1e-0000-4000-8000-0000000000a2';
    exception
        when foreign_key_violation then
            refused := true;
    end;
    assert refused, 'another platform';
end
$$;

-- check: one connection a user and platform, and duplicates are refused
-- id: SV-2.T
set local role service_role;
do $$
declare
    refused boolean := false;
begin
    begin
        insert into public.platform_connection (user_id, platform_id, vault_secret_name, platform_user_id)
        select c.user_id, c.platform_id, 'verify_other', 'other'
        from public.platform_connection c where c.id = '5ca1ab1e-0000-4000-8000-0000000000c1';
    exception
        when unique_violation then
            refused := true;
    end;
    assert refused, 'a second connection to the same platform';
end
$$;

-- check: a user cannot point a connection at another secret, nor make up accounts and numbers
-- id: SV-2.R
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"5ca1ab1e-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
declare
    statement text;
    refused boolean;
begin
    foreach statement in array array[
        'update public.platform_connection set vault_secret_name = ''verify_5ca1ab1e-0000-4000-8000-000000000002'' where user_id = auth.uid()',
        'update public.platform_connection set platform_user_id = ''somebody else'' where user_id = auth.uid()',
        'update public.platform_connection set is_verified = true where user_id = auth.uid()',
        'insert into public.platform_connection (user_id, platform_id, vault_secret_name, platform_user_id)
         select auth.uid(), id, ''verify_5ca1ab1e-0000-4000-8000-000000000002'', ''x'' from public.platform where slug = ''tiktok''',
        'delete from public.platform_connection where user_id = auth.uid()',
        'update public.social_account set follower_count = 1000000 where user_id = auth.uid()',
        'update public.social_account set account_name = ''A Star'' where user_id = auth.uid()',
        'update public.social_account set connection_id = ''5ca1ab1e-0000-4000-8000-0000000000c2'' where user_id = auth.uid()',
        'update public.social_account set user_id = ''5ca1ab1e-0000-4000-8000-000000000002'' where user_id = auth.uid()',
        'update public.social_account set next_sync_at = now() where user_id = auth.uid()',
        'insert into public.social_account (user_id, connection_id, platform_id, status_id, account_name)
         select user_id, connection_id, platform_id, status_id, ''A Star'' from public.social_account where user_id = auth.uid()',
        'update public.platform set is_active = false',
        'insert into public.platform (slug, display_name) values (''x'', ''x'')',
        'delete from public.account_status',
        'select private.enforce_social_account_limit()'
    ] loop
        refused := false;
        begin
            execute statement;
        exception
            when insufficient_privilege then
                refused := true;
        end;
        assert refused, statement;
    end loop;

    update public.platform_connection set is_active = false where user_id = auth.uid();
    assert found, 'the owner cannot switch a connection off';
    update public.social_account set visibility = 'private', sync_mode = 'auto', is_primary = true where user_id = auth.uid();
    assert found, 'the owner cannot set an account up';
end
$$;

-- check: another user's connections and accounts are invisible and out of reach
-- id: SV-2.R
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"5ca1ab1e-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
begin
    assert not exists (select from public.platform_connection where user_id <> auth.uid()), 'connections';
    assert not exists (select from public.social_account where user_id <> auth.uid()), 'accounts';
    update public.platform_connection set is_active = false where user_id = '5ca1ab1e-0000-4000-8000-000000000002';
    assert not found, 'another user''s connection can be switched off';
    update public.social_account set deleted_at = now() where user_id = '5ca1ab1e-0000-4000-8000-000000000002';
    assert not found, 'another user''s account can be removed';
    delete from public.social_account where user_id = '5ca1ab1e-0000-4000-8000-000000000002';
    assert not found, 'another user''s account can be deleted';
end
$$;

-- check: a change without a condition reaches one's own rows only
-- id: SV-2.R
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"5ca1ab1e-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
declare
    statement text;
    changed bigint;
begin
    -- Without a condition the policy for reading does not come in: the one for changing has to hold by itself.
    foreach statement in array array[
        'update public.platform_connection set is_active = false',
        'update public.social_account set visibility = ''private''',
        'delete from public.social_account'
    ] loop
        execute statement;
        get diagnostics changed = row_count;
        assert changed = 1, format('%s: %s rows', statement, changed);
    end loop;
end
$$;

-- check: anon sees neither connections nor accounts
-- id: SV-2.R
set local role anon;
do $$
declare
    statement text;
    refused boolean;
begin
    foreach statement in array array[
        'select from public.platform_connection',
        'select from public.social_account',
        'insert into public.platform (slug, display_name) values (''x'', ''x'')',
        'update public.account_status set display_name = ''x'''
    ] loop
        refused := false;
        begin
            execute statement;
        exception
            when insufficient_privilege then
                refused := true;
        end;
        assert refused, statement;
    end loop;
end
$$;

-- check: the owner may delete an account that has nothing in it
-- id: SV-2.R
set local role authenticated;
select set_config('request.jwt.claims', '{"sub":"5ca1ab1e-0000-4000-8000-000000000001","role":"authenticated"}', true);
do $$
begin
    delete from public.social_account where user_id = auth.uid();
    assert found, 'the owner cannot delete his account';
end
$$;

-- check: the time of a change is noted, and a change that changes nothing is none
-- id: SV-1.G
do $$
begin
    insert into public.platform_connection (id, user_id, platform_id, vault_secret_name, platform_user_id, updated_at)
    select '5ca1ab1e-0000-4000-8000-0000000000c9', '5ca1ab1e-0000-4000-8000-000000000001', p.id, 'verify_tiktok', 'x', '2000-01-01'
    from public.platform p where p.slug = 'tiktok';
    update public.platform_connection set is_active = is_active where id = '5ca1ab1e-0000-4000-8000-0000000000c9';
    assert (
        select updated_at = '2000-01-01' from public.platform_connection where id = '5ca1ab1e-0000-4000-8000-0000000000c9'
    ), 'a change that changes nothing was noted';
    update public.platform_connection set is_active = false where id = '5ca1ab1e-0000-4000-8000-0000000000c9';
    assert (
        select updated_at = now() from public.platform_connection where id = '5ca1ab1e-0000-4000-8000-0000000000c9'
    ), 'a change was not noted';

    update public.social_account set updated_at = '2000-01-01' where id = '5ca1ab1e-0000-4000-8000-0000000000a1';
    assert (
        select updated_at = now() from public.social_account where id = '5ca1ab1e-0000-4000-8000-0000000000a1'
    ), 'the time of a change can be forged';
    update public.platform set updated_at = '2000-01-01' where slug = 'youtube';
    assert (select updated_at = now() from public.platform where slug = 'youtube'), 'platform';
end
$$;

-- check: row level security is on and every foreign key is indexed
-- id: SV-18
do $$
declare
    missing text;
begin
    select string_agg(c.relname, ', ') into missing
    from pg_catalog.pg_class c
    where c.relnamespace = 'public'::regnamespace
        and c.relname in ('platform', 'account_status', 'platform_connection', 'social_account')
        and not c.relrowsecurity;
    assert missing is null, missing;

    select string_agg(k.conname, ', ') into missing
    from pg_catalog.pg_constraint k
    where k.contype = 'f'
        and k.conrelid in ('public.platform_connection'::regclass, 'public.social_account'::regclass)
        and not exists (
            select
            from pg_catalog.pg_index i
            where i.indrelid = k.conrelid
                and i.indpred is null
                and i.indkey[0] = k.conkey[1]
        );
    assert missing is null, missing;
end
$$;

-- Which server this is, and who needs no grants: superusers, and the database's owner.
select
    current_setting('server_version_num'),
    array(
        select r.rolname
        from pg_roles r
        where r.rolsuper or r.oid = (select d.datdba from pg_database d where d.datname = current_database())
    );

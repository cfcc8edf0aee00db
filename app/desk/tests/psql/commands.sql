-- Every backslash command that asks the server something, in every form; where psql is too old for one, it says so.
SELECT :VERSION_NUM >= 160000 AS recent, :VERSION_NUM >= 180000 AS newest \gset
\encoding
\encoding LATIN1
\encoding
\encoding UTF8
\d
\d+
\dS
\d shop.orders
\d+ shop.orders
\d shop.v
\d+ shop.v
\d shop.mv
\d shop.seq
\d shop.orders_pkey
\d+ shop.orders_pkey
\d shop.parts
\d+ shop.parts
\d shop.ft
\d+ pg_class
\da
\da+ shop.*
\daS pg_catalog.s*
\dA
\dA+
\dAc
\dAc+ btree int4
\dAf
\dAf+ btree
\dAo
\dAo+ btree int4_ops
\dAp
\dAp+ btree int4_ops
\db
\db+
\dc shop.*
\dcS
\dconfig
\dconfig+ work*
\dC
\dC+
\dd
\ddS
\dD
\dD+ shop.*
\ddp
\dE
\dE+ shop.*
\des
\des+
\deu
\deu+
\dew
\dew+
\det
\det+ shop.*
\df
\df+ shop.*
\dfn shop.*
\dfp shop.*
\dft shop.*
\dfa shop.*
\dfw
\dfS+ low*
\dF
\dF+ shop.*
\dFd
\dFd+ s*
\dFp
\dFp+
\dFt
\dFt+
\dg
\dg+
\dgS
\di
\di+ shop.*
\diS pg_class*
\dl
\dl+
\dL
\dL+
\dm
\dm+ shop.*
\dn
\dn+
\dnS
\do
\doS+ +
\dO
\dO+ shop.*
\dp
\dp shop.*
\dP
\dP+ shop.*
\dPn shop.*
\dPi
\dPt shop.*
\drds
\drds pgward*
\drg
\drgS
\dRp
\dRp+
\dRs
\dRs+
\ds
\ds+ shop.*
\dt
\dt+ shop.*
\dtS
\dtvmsE shop.*
\dT
\dT+ shop.*
\dTS
\du
\du+
\dv
\dv+ shop.*
\dx
\dx+
\dX
\dX shop.*
\dy
\dy+
\l
\l+
\lo_list
\lo_list+
\sf shop.f
\sf+ shop.f
\sf lower(text)
\sv shop.v
\sv+ shop.v
\z
\z shop.*
\h SELECT
SELECT 1 AS one, 'x' AS two \gset pre_
\echo :pre_one :pre_two
SELECT 'SELECT 1', 'SELECT 2' \gexec
SELECT 1 AS a, 'b'::text AS b, now() AS c \gdesc
SELECT 1 \gx
SELECT 1 \g /dev/null
\if :recent
SELECT $1::int + $2::int \bind 3 4 \g
\endif
\if :newest
SELECT $1::int AS x \parse named
\bind_named named 7 \g
\close_prepared named
\endif
SELECT id, customer, total FROM shop.orders \crosstabview id customer total
\if :recent
SELECT 1 \watch i=0.01 c=2
\endif
SELECT 1/0;
\errverbose
\copy shop.orders TO '/dev/null'
\copy (SELECT 1) TO pstdout CSV HEADER
COPY (SELECT 1) TO STDOUT;
\timing on
\timing off
\pset format unaligned
\if true
SELECT 'in if';
\endif
\if :newest
\startpipeline
SELECT $1 \bind 'piped' \sendpipeline
SELECT 2 \bind \sendpipeline
\syncpipeline
SELECT 3 \bind \sendpipeline
\flushrequest
\getresults
\endpipeline
\endif
BEGIN;
DECLARE c CURSOR FOR SELECT generate_series(1,10);
FETCH 3 FROM c;
COMMIT;
\set FETCH_COUNT 3
SELECT generate_series(1,10);
\unset FETCH_COUNT
\set ON_ERROR_ROLLBACK on
BEGIN;
SELECT 1/0;
SELECT 2;
COMMIT;
\unset ON_ERROR_ROLLBACK
\echo done

// A read-only session of pgJDBC: what it prints is the same through the desk and without it.
import java.sql.*;
import java.util.*;
import org.postgresql.PGConnection;

public class Pgjdbc {
    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        properties.put("user", System.getenv("PGUSER"));
        properties.put("password", System.getenv("PGPASSWORD"));
        properties.put("sslmode", "verify-full");
        properties.put("sslrootcert", System.getenv("PGSSLROOTCERT"));
        String address = "jdbc:postgresql://localhost:" + System.getenv("PGPORT") + "/postgres";
        try (Connection connection = DriverManager.getConnection(address, properties)) {
            statements(connection);
            catalogs(connection.getMetaData());
            session(connection);
        }
    }

    static void statements(Connection connection) throws SQLException {
        // More often than the threshold at which it prepares on the server.
        try (PreparedStatement statement = connection.prepareStatement("SELECT ?::int + 1, ?")) {
            for (int number = 0; number < 8; number++) {
                statement.setInt(1, number);
                statement.setString(2, "x");
                ResultSet rows = statement.executeQuery();
                rows.next();
                System.out.print(rows.getInt(1) + rows.getString(2) + " ");
            }
        }
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(10);
            System.out.println(count(statement.executeQuery("SELECT generate_series(1, 100)")));
        }
        connection.commit();
        for (String failing : new String[] {"DELETE FROM kept", "SELECT 1/0"}) {
            try (Statement statement = connection.createStatement()) {
                statement.execute(failing);
                System.out.println("did not fail: " + failing);
            } catch (SQLException error) {
                System.out.println("fails: " + (error.getSQLState().length() == 5));
            }
            connection.rollback();
        }
        Savepoint savepoint = connection.setSavepoint("here");
        connection.rollback(savepoint);
        connection.commit();
        connection.setAutoCommit(true);
        try {
            java.io.StringWriter writer = new java.io.StringWriter();
            long rows = connection.unwrap(PGConnection.class).getCopyAPI().copyOut("COPY (SELECT generate_series(1, 100)) TO STDOUT", writer);
            System.out.println("copied: " + rows + " " + writer.toString().length());
        } catch (java.io.IOException error) {
            throw new SQLException(error);
        }
    }

    static void catalogs(DatabaseMetaData known) throws SQLException {
        ResultSet[] all = {
            known.getTables(null, null, "%", null), known.getColumns(null, "pg_catalog", "pg_class", "%"),
            known.getIndexInfo(null, "pg_catalog", "pg_class", false, false), known.getPrimaryKeys(null, null, "pg_class"),
            known.getImportedKeys(null, null, "pg_class"), known.getExportedKeys(null, null, "pg_class"),
            known.getCrossReference(null, null, "pg_class", null, null, "pg_type"), known.getProcedures(null, null, "%"),
            known.getFunctions(null, null, "lower"), known.getFunctionColumns(null, null, "lower", "%"),
            known.getProcedureColumns(null, null, "lower", "%"), known.getSchemas(), known.getCatalogs(), known.getTableTypes(),
            known.getTypeInfo(), known.getUDTs(null, null, "%", null), known.getTablePrivileges(null, null, "pg_class"),
            known.getColumnPrivileges(null, null, "pg_class", "%"), known.getBestRowIdentifier(null, null, "pg_class", 0, true),
            known.getVersionColumns(null, null, "pg_class"), known.getClientInfoProperties(),
        };
        StringBuilder counts = new StringBuilder("catalogs:");
        for (ResultSet rows : all) counts.append(" ").append(count(rows));
        System.out.println(counts + " " + known.getSQLKeywords().length() + " " + known.getMaxColumnNameLength());
    }

    static void session(Connection connection) throws SQLException {
        connection.setReadOnly(true);
        connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
        connection.setClientInfo("ApplicationName", "renamed");
        System.out.println(connection.getSchema() + " " + connection.isValid(60) + " " + connection.getTransactionIsolation());
        try (Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            statement.executeQuery("SELECT pg_sleep(100)");
        } catch (SQLException error) {
            System.out.println("cancelled: " + error.getSQLState());
        }
    }

    static int count(ResultSet rows) throws SQLException {
        int count = 0;
        while (rows.next()) count++;
        return count;
    }
}

// Runs statements with Spark, one by one, and prints the rows of each as a JSON array on a line.
//
//   java -cp JARS SparkSql.java KEY=VALUE... < STATEMENTS
//
// KEY=VALUE are Spark's settings; a line of the input is a statement. The first failure ends it with its message.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

public class SparkSql {
  public static void main(String[] settings) throws Exception {
    SparkSession.Builder builder = SparkSession.builder().master("local[2]");
    for (String setting : settings) {
      int equals = setting.indexOf('=');
      builder = builder.config(setting.substring(0, equals), setting.substring(equals + 1));
    }
    SparkSession spark = builder.getOrCreate();
    BufferedReader statements = new BufferedReader(new InputStreamReader(System.in));
    for (String statement = statements.readLine(); statement != null; statement = statements.readLine()) {
      Dataset<Row> rows = spark.sql(statement);
      List<String> json = rows.toJSON().collectAsList();
      System.out.println("[" + String.join(",", json) + "]");
      System.out.flush();
    }
    spark.stop();
  }
}

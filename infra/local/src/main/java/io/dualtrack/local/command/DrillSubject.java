package io.dualtrack.local.command;

import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.Tenant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What a drill is about. */
final class DrillSubject {

  /** One thing that can be suspended. */
  record Subject(SuspensionScope scope, String id) {

    @Override
    public String toString() {
      return scope.name().toLowerCase(Locale.ROOT) + " " + id;
    }
  }

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "SCOPE",
      description = "offering, model, provider or tenant: what would be suspended")
  private SuspensionScope scope;

  @Parameters(index = "1", arity = "0..1", paramLabel = "ID", description = "its id")
  private String id;

  @Option(
      names = "--suspend",
      paramLabel = "ID",
      description = "in place of SCOPE and ID where only one thing is called so")
  private String name;

  /**
   * What was named.
   *
   * @param control where a name alone is looked up
   */
  Subject of(ControlSet control) {
    if (name == null ? scope == null || id == null : scope != null) {
      throw new ParameterException(
          spec.commandLine(), "say what is drilled: SCOPE and ID, or --suspend ID");
    }
    if (name == null) {
      return new Subject(scope, id);
    }
    List<Subject> found =
        List.of(
                Map.entry(SuspensionScope.OFFERING, ids(control, Offering::getId)),
                Map.entry(SuspensionScope.MODEL, ids(control, Offering::getModel)),
                Map.entry(SuspensionScope.PROVIDER, ids(control, Offering::getProvider)),
                Map.entry(
                    SuspensionScope.TENANT, control.tenants().stream().map(Tenant::getId).toList()))
            .stream()
            .filter(kind -> kind.getValue().contains(name))
            .map(kind -> new Subject(kind.getKey(), name))
            .toList();
    if (found.size() != 1) {
      throw new ParameterException(
          spec.commandLine(),
          found.isEmpty()
              ? "no offering, model, provider or tenant is called '%s'".formatted(name)
              : "'%s' is the name of several things; say which: %s"
                  .formatted(
                      name,
                      found.stream().map(Subject::toString).collect(Collectors.joining(", "))));
    }
    return found.get(0);
  }

  private static List<String> ids(ControlSet control, Function<Offering, String> id) {
    return control.offerings().stream().map(id).distinct().toList();
  }
}

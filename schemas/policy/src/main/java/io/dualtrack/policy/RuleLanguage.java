package io.dualtrack.policy;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.ExprKind.Kind;
import dev.cel.common.navigation.CelNavigableExpr;
import dev.cel.common.types.ListType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerBuilder;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import io.dualtrack.policy.RuleVariables.Side;
import io.dualtrack.schemas.NamedList;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * CEL as rules may use it: the variables of {@link RuleVariables} and the lists of one bundle,
 * Boolean results, and bounds, so that no expression can take a stream thread's time or stack.
 *
 * <p>What is published and what is run are judged by this class both, so that nothing is accepted
 * that would deny later.
 */
public final class RuleLanguage {

  static final int MAX_CHARS = 4_096;
  static final int MAX_NODES = 1_000;
  static final int MAX_LOOPS_NESTED = 2;
  private static final int MAX_ITERATIONS = 10_000;
  private static final int MAX_REGEX_PROGRAM = 1_000;
  private static final int MAX_DEPTH = 100;

  private static final String AND = "_&&_";

  private static final CelOptions OPTIONS =
      CelOptions.current()
          .maxExpressionCodePointSize(MAX_CHARS)
          .maxParseExpressionNodeCount(MAX_NODES)
          .maxParseRecursionDepth(MAX_DEPTH)
          .comprehensionMaxIterations(MAX_ITERATIONS)
          .maxRegexProgramSize(MAX_REGEX_PROGRAM)
          .build();

  private final CelCompiler compiler;
  private final CelRuntime runtime =
      CelRuntimeFactory.standardCelRuntimeBuilder().setOptions(OPTIONS).build();

  /** An expression that cannot be used, with why, in one line. */
  static final class UnusableException extends Exception {
    private static final long serialVersionUID = 1;

    UnusableException(String fault) {
      super(fault);
    }
  }

  /**
   * @param lists of the bundle that the expressions belong to
   */
  public RuleLanguage(List<NamedList> lists) {
    CelCompilerBuilder builder =
        CelCompilerFactory.standardCelCompilerBuilder()
            .setOptions(OPTIONS)
            .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
            .setResultType(SimpleType.BOOL);
    RuleVariables.all().forEach((name, variable) -> builder.addVar(name, variable.type()));
    lists.stream()
        .map(NamedList::getName)
        .distinct()
        .filter(name -> !isVariable(name))
        .forEach(name -> builder.addVar(name, ListType.create(SimpleType.STRING)));
    this.compiler = builder.build();
  }

  /** Whether a name is taken, so that no list may have it. */
  public static boolean isVariable(String name) {
    return RuleVariables.all().containsKey(name);
  }

  /** Names that every expression may use, for people. */
  public static String variables() {
    return RuleVariables.described();
  }

  /** What is wrong with an expression, in one line; nothing for a good one. */
  public Optional<String> fault(String expression) {
    try {
      compile(expression, 0);
      return Optional.empty();
    } catch (UnusableException e) {
      return Optional.of(e.getMessage());
    }
  }

  /**
   * @param number of the expression in its bundle, under which results over one side are kept
   */
  Expression compile(String expression, int number) throws UnusableException {
    if (expression.length() > MAX_CHARS) {
      throw new UnusableException(
          "it has %,d characters, but at most %,d are read"
              .formatted(expression.length(), MAX_CHARS));
    }
    try {
      CelAbstractSyntaxTree tree = compiler.compile(expression).getAst();
      refuseNestedLoops(CelNavigableExpr.fromExpr(tree.getExpr()), 0);
      List<CelRuntime.Program> ofRequest = new ArrayList<>();
      List<CelRuntime.Program> ofOffering = new ArrayList<>();
      List<CelRuntime.Program> ofBoth = new ArrayList<>();
      for (CelExpr part : conjuncts(tree.getExpr())) {
        CelRuntime.Program program = program(tree, part);
        switch (side(part)) {
          case REQUEST -> ofRequest.add(program);
          case OFFERING -> ofOffering.add(program);
          case BOTH -> ofBoth.add(program);
        }
      }
      return new Expression(number, ofRequest, ofOffering, ofBoth);
    } catch (CelValidationException e) {
      String first = e.getErrors().isEmpty() ? e.getMessage() : e.getErrors().get(0).getMessage();
      throw new UnusableException(first.lines().findFirst().orElse("not CEL"));
    } catch (CelEvaluationException | RuntimeException e) {
      throw new UnusableException("it cannot be compiled: " + e.getClass().getSimpleName());
    } catch (StackOverflowError e) {
      throw new UnusableException("it is nested too deeply");
    }
  }

  private static void refuseNestedLoops(CelNavigableExpr expression, int around)
      throws UnusableException {
    int loops = around + (expression.getKind() == Kind.COMPREHENSION ? 1 : 0);
    if (loops > MAX_LOOPS_NESTED) {
      throw new UnusableException(
          "its loops (all, exists, map, filter) are nested more than %d deep"
              .formatted(MAX_LOOPS_NESTED));
    }
    for (CelNavigableExpr child : expression.children().toList()) {
      refuseNestedLoops(child, loops);
    }
  }

  /**
   * The operands of the outermost {@code &&}. CEL's {@code &&} is false where one operand is,
   * whatever the others are, errors included; so each may be evaluated on its own.
   */
  private static List<CelExpr> conjuncts(CelExpr expression) {
    if (expression.getKind() == Kind.CALL && expression.call().function().equals(AND)) {
      List<CelExpr> all = new ArrayList<>();
      expression.call().args().forEach(each -> all.addAll(conjuncts(each)));
      return all;
    }
    return List.of(expression);
  }

  private CelRuntime.Program program(CelAbstractSyntaxTree tree, CelExpr part)
      throws CelEvaluationException {
    return runtime.createProgram(
        CelAbstractSyntaxTree.newCheckedAst(
            part, tree.getSource(), tree.getReferenceMap(), tree.getTypeMap()));
  }

  private static Side side(CelExpr part) {
    boolean request = false;
    boolean offering = false;
    for (CelNavigableExpr node : CelNavigableExpr.fromExpr(part).allNodes().toList()) {
      if (node.getKind() != Kind.IDENT) {
        continue;
      }
      RuleVariables.Variable variable = RuleVariables.all().get(node.expr().ident().name());
      if (variable != null) {
        request |= variable.side() != Side.OFFERING;
        offering |= variable.side() != Side.REQUEST;
      }
    }
    return request && offering ? Side.BOTH : offering ? Side.OFFERING : Side.REQUEST;
  }
}
